import ArgumentParser
import Files

/// The tree of commands.
package enum Subcommands {
  /// Throws for a word in the place of a subcommand that is none, with the nearest one: of such a word the parser says only
  /// that it is unexpected.
  static func check(_ arguments: some Sequence<String>) throws {
    var command: any ParsableCommand.Type = Sextant.self
    var path = Sextant._commandName
    for word in arguments {
      let subcommands = command.configuration.subcommands
      guard !word.hasPrefix("-"), !subcommands.isEmpty else { return }
      if command == Sextant.self, word == "help" { continue }
      guard let next = subcommands.first(where: { names($0).contains(word) }) else {
        throw ValidationError(
          "\(path) has no command \"\(word)\"" + suggestion(for: word, among: subcommands.flatMap(names)))
      }
      (command, path) = (next, "\(path) \(word)")
    }
  }

  private static func names(_ command: any ParsableCommand.Type) -> [String] {
    [command._commandName] + command.configuration.aliases
  }

  /// Why the tool refuses arguments before it does anything; nil where it begins.
  package static func fault(_ arguments: [String]) -> String? {
    do {
      try check(arguments)
      _ = try Sextant.parseAsRoot(arguments)
      return nil
    } catch {
      return Sextant.exitCode(for: error) == .success ? nil : Sextant.fullMessage(for: error)
    }
  }

  /// What `--help` of every command says, its lines as they were written.
  package static var helpPages: [String] {
    func pages(_ command: any ParsableCommand.Type) -> [String] {
      [Sextant.helpMessage(for: command, columns: 10_000)] + command.configuration.subcommands.flatMap(pages)
    }
    return pages(Sextant.self)
  }
}
