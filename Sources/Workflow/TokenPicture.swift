public import Geometry
internal import Tensors
internal import Tokenizers
internal import Vocabularies

/// What figures show of the matched tokens of two models in one space, rows centred.
public struct TokenPicture: Sendable, Codable {
  /// Cosines of pairs of tokens.
  public let cosines: CosineSample
  /// Some of the tokens, by their text, `▁` before those that start a word.
  public let tokens: [String]
  /// Where they lie in each model on the plane in which all matched tokens spread most; the second turned towards the first.
  public let a: PrincipalComponents
  public let b: PrincipalComponents

  /// More would lie on one another.
  static let mostTokens = 1000

  /// - Parameters:
  ///   - a, b: matched rows.
  ///   - tokens: their texts.
  /// - Throws: `GeometryError.notFinite`, `.decomposition`, `.tooFewTokens`.
  init(_ a: Matrix<Float>, _ b: Matrix<Float>, _ tokens: [String], seed: UInt64) throws {
    cosines = try CosineSample(
      Gauge.centred.applied(to: a), Gauge.centred.applied(to: b), seed: seed)
    var random = SeededRandom(seed: seed ^ 0x5049_4354_5552_4531)
    let shown = random.sample(min(Self.mostTokens, tokens.count), of: tokens.count)
    self.tokens = shown.map { tokens[$0] }
    let axes = min(2, a.columns, b.columns)
    self.a = try PrincipalComponents(a, axes: axes, shown: shown)
    self.b = try PrincipalComponents(b, axes: axes, shown: shown).turned(towards: self.a)
  }
}

extension Steps {
  /// Cost: O(n d² + d³) for each model.
  package func tokenPicture(
    _ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace
  ) throws -> TokenPicture {
    let rows = try matched(a, b, space)
    let vocabulary = try vocabulary(a, space).tokens
    return try TokenPicture(rows.a, rows.b, rows.pairs.map { vocabulary[$0.rowA].word }, seed: options.seed)
  }
}
