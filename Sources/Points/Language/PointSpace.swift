public import Transformers

/// A space of a model that points live in; all of them are `d_model` wide, and no two of them may be added.
public enum PointSpace: Sendable, Hashable {
  /// The rows that tokens enter with, as the file has them.
  case input
  /// The rows that make logits.
  case output
  /// The residual stream that leaves block `layer`, blocks counted from 0; -1 is the stream that enters block 0.
  case residual(layer: Int)
  /// What one layer of a block adds to the residual stream: `attentionOutput` or `mlpOutput`.
  case added(ActivationPoint)

  /// The space of what is read at a point of the model: what enters a block is what left the one before.
  public init(_ point: ActivationPoint) {
    switch point.site {
    case .residualPre: self = .residual(layer: point.block - 1)
    case .residualPost: self = .residual(layer: point.block)
    case .attentionOutput, .mlpOutput: self = .added(point)
    }
  }

  /// Where a forward pass reads this space; nil for rows of matrices.
  public var activationPoint: ActivationPoint? {
    switch self {
    case .input, .output: nil
    case .residual(let layer):
      layer < 0
        ? ActivationPoint(block: 0, site: .residualPre) : ActivationPoint(block: layer, site: .residualPost)
    case .added(let point): point
    }
  }

  /// The layer of the residual stream, -1 for what enters block 0; nil for other spaces.
  public var residualLayer: Int? { if case .residual(let layer) = self { layer } else { nil } }

  /// In words, as errors and reports name it.
  public var words: String {
    switch self {
    case .input: "the input embedding"
    case .output: "the unembedding"
    case .residual(layer: -1): "the residual stream entering block 0"
    case .residual(let layer): "the residual stream leaving block \(layer)"
    case .added(let point):
      "what the \(point.site == .mlpOutput ? "feed-forward layer" : "attention") of block \(point.block) adds"
    }
  }

  /// All spaces of a model, as an error lists them.
  static func list(blocks: Int?, width: Int) -> String {
    let stream = blocks.map { "0 … \($0 - 1)" } ?? "0, 1, …"
    return "input, output, embedding (what enters block 0) and the blocks \(stream), each \(width) wide"
  }
}

extension PointSpace: CustomStringConvertible {
  /// What stands behind the `@` of an expression.
  public var description: String {
    switch self {
    case .input: "input"
    case .output: "output"
    case .residual(layer: -1): "embedding"
    case .residual(let layer): "\(layer)"
    case .added(let point): "\(point.block).\(point.site.rawValue)"
    }
  }

  /// Reads what stands behind an `@`; nil for anything else.
  public init?(notation: some StringProtocol) {
    switch notation {
    case "input": self = .input
    case "output": self = .output
    case "embedding": self = .residual(layer: -1)
    default:
      let words = notation.split(separator: ".", omittingEmptySubsequences: false)
      guard let block = words.first.flatMap({ Int($0) }), block >= 0, words.count <= 2 else { return nil }
      guard words.count == 2 else {
        self = .residual(layer: block)
        return
      }
      guard let site = Site(rawValue: String(words[1])) else { return nil }
      self.init(ActivationPoint(block: block, site: site))
    }
  }
}

extension PointSpace: Codable {
  /// The notation of expressions.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let space = PointSpace(notation: text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "no space: \(text)"))
    }
    self = space
  }

  /// The notation of expressions.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
