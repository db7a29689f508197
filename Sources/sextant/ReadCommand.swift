import ArgumentParser
import Points
import Reports
import StudyReports
import Transformers

struct ReadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "read",
    abstract: "Say what a point of a model means.",
    discussion: """
      A point is a token's row, a hidden state, a steering vector, a row of a file, or a sum of such: docs/points.md has the \
      whole language. What is said of it has its control beside it: neighbours with percentiles, whether it lies \
      anywhere at all (an alarm whose false alarms are counted), the same point in the other models that are imported, and a \
      verdict in plain words.

      mlp:BLOCK.NEURON and head:BLOCK.HEAD are parameters: the tokens that a neuron reads and writes, the pairs of tokens that \
      a head attends to and moves.

      Example:
        sextant read smollm2-135m 'token:" happy"'
        sextant read smollm2-135m '0.5 * token:" happy" + 0.5 * token:" sad"'
        sextant read smollm2-135m 'state:"The film was"@14[-1]'
        sextant read smollm2-135m head:5.3
      """)

  @Argument(help: .model) var model: String
  @Argument(help: "The point, in single quotes for the shell.") var point: String
  @Flag(
    inversion: .prefixedNo, help: "Ask the model for the point's meaning in words; it takes most of the time."
  )
  var words = true
  @OptionGroup var reading: PointGeometryOptionGroup
  @OptionGroup var format: FormatOptions
  @OptionGroup var alignments: AlignmentsFolderOption
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let console = Console(verbosity)
    if let parameter = try ParameterName(point) { return try read(parameter, console) }
    _ = try PointParser.parse(point)
    let opened = try folders.pointModel(model, console)
    var options = reading.options
    if !words { options.words = nil }
    let others = try folders.atlas(alignments: alignments.path, console)
    let meaning = try PointReader(
      opened, others: others, lensesIn: folders.models, options: options
    ).read(point)
    format.say(meaning.sentences)
    try format.emit(meaning.tables) { try TextOutput.json(meaning) }
  }

  private func read(_ parameter: ParameterName, _ console: Console) throws {
    let loaded = try Model.load(folders.checkpoint(model, console))
    try parameter.check(in: loaded)
    switch parameter {
    case .neuron(let block, let neuron):
      try format.emit(NeuronWords(neuron, block: block, in: loaded).tables(loaded))
    case .head(let block, let head): try format.emit(HeadWords(head, block: block, in: loaded).tables(loaded))
    }
  }
}
