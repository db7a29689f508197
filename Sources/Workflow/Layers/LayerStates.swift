internal import Checkpoints
internal import Steering
public import Tensors
internal import Tokenizers
public import Transformers

/// The residual stream of a model at every depth, for a list of samples.
///
/// Layer 0 is what enters block 0 (the embedding, scaled as the family wants), layer l is the output of block
/// l - 1; the last is what the final norm sees. A model of L blocks has L + 1 layers.
public struct LayerStates: Sendable {
  /// `[samples x d_model]`, one matrix a layer.
  public let layers: [Matrix<Float>]

  init(layers: [Matrix<Float>]) { self.layers = layers }

  /// The samples.
  public var count: Int { layers[0].rows }

  /// Each token behind the begin-of-sequence token, if the vocabulary has one, and a carrier: the state at the token.
  ///
  /// Without anything before it a token would stand at the first position, whose state is an attention sink and says
  /// little about the token; in some models the same holds behind a lone begin of sequence. Cost: one pass over the
  /// carrier's positions and one more a token; memory 4 n d L bytes.
  /// - Parameter carrier: text that each token follows; empty for none.
  /// - Throws: `TransformerError` for ids outside the vocabulary.
  public static func tokens(_ ids: [Int], of model: Model, after carrier: String = "") throws -> LayerStates {
    let tokenizer = model.tokenizer
    let prefix =
      (tokenizer.beginOfSequence.map { [$0] } ?? []) + tokenizer.encode(carrier, addingSpecial: false)
    return try collect(ids.map { prefix + [$0] }, of: model, .positions(.last))
  }

  /// Texts as the model's tokenizer cuts them: the state at the last token, or the mean over all but the first,
  /// which is an attention sink with massive activations and would drown the others.
  ///
  /// - Parameter positions: `.last` or `.mean`; not `.all`, which has no row a text.
  /// - Throws: `TransformerError`; `.emptySequence` for a text without tokens.
  public static func texts(
    _ texts: [String], of model: Model, positions: ActivationPositions = .last
  ) throws -> LayerStates {
    precondition(positions != .all, "one row a text needs the last position or the mean")
    return try collect(texts.map { model.tokenizer.encode($0) }, of: model, .positions(positions))
  }

  /// Some positions of each sequence, sequence after sequence: `[positions x d_model]` for each layer that is asked for
  /// (nil: all).
  static func places(
    _ places: [[Int]], in sequences: [[Int]], of model: Model, layers: [Int]? = nil
  ) throws -> [Int: Matrix<Float>] {
    let wanted = Set(layers ?? Array(0...model.configuration.blockCount)).sorted()
    let states = try collect(sequences, of: model, .places(places), wanted)
    return Dictionary(uniqueKeysWithValues: zip(wanted, states))
  }

  private enum Reading {
    case positions(ActivationPositions)
    case places([[Int]])
  }

  /// Tokens that one pass reads: bounds what `.all` positions of all layers need.
  private static let passLimit = 2048

  private static func collect(
    _ sequences: [[Int]], of model: Model, _ reading: Reading
  ) throws -> LayerStates {
    LayerStates(
      layers: try collect(sequences, of: model, reading, Array(0...model.configuration.blockCount)))
  }

  private static func collect(
    _ sequences: [[Int]], of model: Model, _ reading: Reading, _ layers: [Int]
  ) throws -> [Matrix<Float>] {
    let points = layers.map { layer in
      layer == 0
        ? ActivationPoint(block: 0, site: .residualPre)
        : ActivationPoint(block: layer - 1, site: .residualPost)
    }
    var elements = [[Float]](repeating: [], count: points.count)
    for group in groups(sequences) {
      let positions: ActivationPositions = if case .positions(let one) = reading { one } else { .all }
      let found = try model.activations(Array(sequences[group]), at: points, positions: positions)
      for (layer, point) in points.enumerated() {
        guard let rows = found[point] else { throw SteeringError.missingActivation(point) }
        switch reading {
        case .positions: elements[layer] += rows.elements
        case .places(let places):
          var start = 0
          for sequence in group {
            elements[layer] += rows.selecting(rows: places[sequence].map { start + $0 }).elements
            start += sequences[sequence].count
          }
        }
      }
    }
    let width = model.configuration.width
    return elements.map { Matrix(rows: $0.count / width, columns: width, elements: $0) }
  }

  private static func groups(_ sequences: [[Int]]) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var (start, tokens) = (0, 0)
    for (index, sequence) in sequences.enumerated() {
      if tokens > 0, tokens + sequence.count > passLimit {
        groups.append(start..<index)
        (start, tokens) = (index, 0)
      }
      tokens += sequence.count
    }
    return start < sequences.count ? groups + [start..<sequences.count] : groups
  }
}
