import ArgumentParser
import Foundation

@main
struct Sextant: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sextant",
    abstract: "Compare the geometry of token embeddings, and carry steering vectors between models.",
    discussion: """
      A study goes from two checkpoints to a report:

        sextant models fetch smollm2-135m
        sextant run study.yaml
        sextant check study.yaml --junit checks.xml

      Each of its steps is a command as well: import, match, neighbours, graph, compare, layers, align, steer. The result goes to \
      standard output; progress goes to standard error, and only when that is a terminal (NO_COLOR is honoured).

      Exit codes:
      \(ExitStatus.table)
      """,
    version: toolVersionText,
    subcommands: [
      ModelsCommand.self, ImportCommand.self, InspectCommand.self, VerifyCommand.self, MatchCommand.self,
      NeighboursCommand.self, GraphCommand.self, CompareCommand.self, LayersCommand.self, AlignCommand.self,
      GenerateCommand.self, ScoreCommand.self,
      SteerCommand.self, RunCommand.self, CheckCommand.self,
    ])

  static func main() async {
    Console.exitOnInterrupt()
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      finish(with: error)
    }
  }

  /// Ends the process with the code of an error, its message where it belongs.
  private static func finish(with error: any Error) -> Never {
    let status: ExitStatus
    if let code = error as? ExitStatus {
      status = code
    } else if let known = ExitStatus(of: error) {
      Console.error("sextant: \(error)")
      status = known
    } else if exitCode(for: error) == .success {
      print(fullMessage(for: error))
      status = .success
    } else if exitCode(for: error) == .validationFailure {
      let text = fullMessage(for: error)
      Console.error(text.hasPrefix("Error: ") ? "sextant: " + text.dropFirst("Error: ".count) : text)
      status = .usage
    } else {
      Console.error("sextant: internal error: \(error)")
      status = .internalError
    }
    Foundation.exit(status.rawValue)
  }
}
