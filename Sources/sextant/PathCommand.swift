import ArgumentParser
import Foundation
import Points
import Reports
import StudyReports

struct PathCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "path",
    abstract: "Say what happens on the way from one point of a model to another, or along a direction.",
    discussion: """
      At each step: the nearest rows and which of them come and go, whether the point still lies where rows lie, what the \
      logit lens reads, and how far the way so far, added to a pass, moves the model's output on neutral texts. Points are \
      written as `sextant read` takes them.

      Example:
        sextant path smollm2-135m 'token:" happy"' 'token:" sad"' --steps 5
        sextant path smollm2-135m 'state:"The film was"@14[-1]' --along vector:sentiment.safetensors --doses -2,0,2
      """)

  @Argument(help: .model) var model: String
  @Argument(help: "Where it begins, in single quotes for the shell.") var start: String
  @Argument(help: "Where it ends; none with --along.") var end: String?
  @Option(help: "Points on the way, both ends among them, from 2.") var steps = 9
  @Flag(help: "Turn from one direction to the other (slerp), not straight on.") var slerp = false
  @Option(
    help: ArgumentHelp(
      "Go along this direction: a vector, or a difference of points.", valueName: "direction"))
  var along: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How many times the direction is added at each step, with commas between (default: 0,0.5,1,2,4,8).",
      valueName: "doses"),
    transform: Self.doses)
  var doses: [Double]?
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write the tables (CSV) and figures, each with its data and its gnuplot script, to this folder.",
      valueName: "folder"), transform: WritableFolder.init)
  var output: WritableFolder?
  @OptionGroup var reading: PointGeometryOptionGroup
  @OptionGroup var format: FormatOptions
  @OptionGroup(title: "Figures") var figures: FigureSettings
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard (end == nil) != (along == nil) else {
      throw ValidationError("give a point where the way ends, or a direction with --along, and not both")
    }
    guard steps >= 2 else { throw ValidationError("--steps must be 2 or more") }
    guard along == nil || !slerp else {
      throw ValidationError("--slerp turns towards a point; there is none with --along")
    }
    guard along != nil || doses == nil else {
      throw ValidationError("--doses are those of --along; there is none")
    }
  }

  private static func doses(_ text: String) throws -> [Double] {
    let words = text.split(separator: ",", omittingEmptySubsequences: false)
    let doses = words.compactMap { Double($0) }.filter(\.isFinite)
    guard doses.count == words.count else {
      throw ValidationError("--doses takes numbers with commas between, such as 0,1,2, not \(text)")
    }
    return doses
  }

  func run() throws {
    let console = Console(verbosity)
    for point in [start, end, along].compactMap(\.self) { _ = try PointParser.parse(point) }
    let opened = try folders.pointModel(model, console)
    let drawing = try output.map { _ in try figures.applied(models: [opened.name], console) }
    let goal: PointGoal =
      along.map { .along($0, doses: doses ?? [0, 0.5, 1, 2, 4, 8]) }
      ?? .point(end ?? "", steps: steps, isSpherical: slerp)
    let walk = try PointReader(opened, others: .none, options: reading.options).walk(from: start, to: goal)
    format.say(walk.sentences)
    try format.emit(walk.tables) { try TextOutput.json(walk) }
    if let output, let drawing {
      for file in try walk.write(to: URL(filePath: output.path), figures: drawing) {
        format.say([file.relativePath])
      }
    }
  }
}
