import ArgumentParser
import Geometry
import Stores
import Tensors
import Workflow

struct GraphCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Find the nearest neighbours of every token, and keep them in a file.",
    discussion: """
      The exact k nearest rows of every row of a store, whole vocabulary, in an HDF5 file beside the store: \
      `neighbours` and `similarities`, one line a token, nearest first. Prints the file's path. A graph that is there \
      already is found again.

      Example:
        sextant graph smollm2-135m -k 50
      """)

  @Argument(help: .model) var model: String
  @Option(name: .shortAndLong, help: ArgumentHelp("Neighbours of each token, from 1.", valueName: "count"))
  var k = 10
  @Option(help: "Near by angle or by distance.") var metric = NeighbourMetric.cosine
  @Option(help: "What is done to the rows first.") var normalisation = Gauge.raw
  @Option(help: "The matrix.") var space = EmbeddingSpace.input
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard k >= 1 else { throw ValidationError("-k must be 1 or more, is \(k)") }
  }

  func run() throws {
    let console = Console(verbosity)
    let (name, store) = try folders.store(model, console)
    console.progress("graph/\(name)")
    let rows = try store.rows(of: space)
    let kept = KeptNeighbours(store, name: name, space: space, rows: Array(0..<rows.rows))
    let found = try kept.kept(
      of: normalisation.applied(to: rows), in: normalisation, k: k, metric: metric)
    if let failure = found.failure { throw failure }
    print(kept.path(in: normalisation, k: k, metric: metric))
  }
}
