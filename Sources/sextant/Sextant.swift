import ArgumentParser
import Files
import Foundation
import Tensors

@main
struct Sextant: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sextant",
    abstract: "Compare the geometry of token embeddings, and carry steering vectors between models.",
    discussion: """
      A study goes from two checkpoints to a report:

        sextant demo --accept-licence
        sextant run study.yaml
        sextant check study.yaml --junit checks.xml

      Each of its steps is a command as well: import, match, neighbours, graph, compare, layers, align, steer. The result goes to \
      standard output: tables that line up at a terminal, Markdown elsewhere (--format). Progress goes to standard error, \
      and only when that is a terminal (NO_COLOR is honoured) or with --verbose; Ctrl-C says what is kept.

      Exit codes:
      \(ExitStatus.table)
      """,
    version: toolVersionText,
    subcommands: [
      DemoCommand.self, ModelsCommand.self, ImportCommand.self, InspectCommand.self, VerifyCommand.self,
      ConvertCommand.self,
      MatchCommand.self, NeighboursCommand.self, GraphCommand.self, CompareCommand.self, LayersCommand.self,
      AlignCommand.self,
      CycleCommand.self, ReadCommand.self, PathCommand.self, LensCommand.self, ActivationsCommand.self,
      EncodeCommand.self,
      RelationsCommand.self, ElmCommand.self, GenerateCommand.self, ScoreCommand.self, SteerCommand.self,
      RunCommand.self,
      CheckCommand.self, CleanCommand.self,
    ])

  static func main() async {
    keepFreedMemory()
    Output.prepare()
    Console.takeSignals()
    Console.exitOnInterrupt()
    MappedFile.exitWhenCutShort(status: ExitStatus.badInput.rawValue)
    do {
      try Subcommands.check(CommandLine.arguments.dropFirst())
      var command = try parseAsRoot()
      try Ranks.check(command)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try JobProgress.$current.withValue(ProgressDisplay.progress) { try command.run() }
      }
      ProgressDisplay.shared.finish()
    } catch {
      finish(with: error)
    }
  }

  private static func quietStatus(of error: any Error) -> ExitStatus {
    if let status = error as? ExitStatus ?? ExitStatus(of: error) { return status }
    let code = exitCode(for: error)
    return code == .success ? .success : code == .validationFailure ? .usage : .internalError
  }

  /// Ends the process with the code of an error, its message where it belongs.
  static func finish(with error: any Error) -> Never {
    ProgressDisplay.shared.stop()
    if Ranks.isSilent { Foundation.exit(quietStatus(of: error).rawValue) }
    Ranks.waitForRoot()
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
      let text = ValueSuggestion.added(to: fullMessage(for: error))
      Console.error(text.hasPrefix("Error: ") ? "sextant: " + text.dropFirst("Error: ".count) : text)
      status = .usage
    } else {
      Console.error("sextant: internal error: \(error)")
      status = .internalError
    }
    Ranks.abort(status)
    Foundation.exit(status.rawValue)
  }
}
