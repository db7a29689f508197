import Checkpoints
public import Tensors
import Tokenizers
public import Transformers
import Vocabularies

/// Points of one place that another point is ranked among, drawn at random.
///
/// Ranks give exact p-values for a point that was drawn as these were: rows for a token, states of texts for a state.
public struct PointSample: Sendable {
  public let place: PatchPlace
  /// One point a row; all different.
  public let points: Matrix<Float>
  /// What was drawn, in words.
  public let words: String

  /// - Precondition: rows as wide as the model is.
  public init(place: PatchPlace, points: Matrix<Float>, words: String) {
    (self.place, self.points, self.words) = (place, points, words)
  }

  /// Rows of the input embedding of common words: tokens that begin a word, of three letters or more and nothing else, from the first
  /// half of the vocabulary, where byte-pair encoders put what is frequent. Rows of rare tokens and fragments lie near one another and
  /// far from every text, so that among them any word would rank well by any answer.
  ///
  /// - Parameter count: at most as many as there are such tokens.
  /// - Throws: ``WordsError``.
  public static func tokens(of model: Model, count: Int = 128, seed: UInt64 = 1) throws(WordsError)
    -> PointSample
  {
    let named = model.tokenizer.namedCount
    let words = model.tokenizer.vocabulary.prefix(named / 2).filter { token in
      guard TokenClass(token) == .wordStart, let form = CanonicalForm(token) else { return false }
      let text = String(decoding: form.bytes, as: UTF8.self)
      return text.count >= 3 && text.allSatisfy(\.isLetter)
    }
    guard words.count >= count else { throw .others(expected: count, actual: words.count) }
    var random = SeededRandom(seed: seed)
    let ids = random.permutation(words.count).prefix(count).map { words[$0].id }
    return PointSample(
      place: .inputEmbedding,
      points: try wordsErrors { () throws(TransformerError) in
        try model.inputRows(of: ids)
      }, words: "rows of random common words")
  }

  /// States of texts at a layer: of random positions, but never of a text's first, which attention uses as a sink.
  ///
  /// Cost: one forward pass over the beginnings of the texts, up to the layer.
  /// - Parameters:
  ///   - sequences: texts as the model reads them.
  ///   - length: tokens of each that are read at most.
  ///   - count: at most as many as there are positions.
  /// - Throws: ``WordsError``.
  public static func states(
    of model: Model, layer: Int, sequences: [[Int]], length: Int = 32, count: Int = 128, seed: UInt64 = 1
  ) throws(WordsError) -> PointSample {
    let place = PatchPlace.residual(layer: layer)
    let site = try place.site(in: model)
    let texts = sequences.map { Array($0.prefix(length)) }.filter { $0.count > 1 }
    let rows = rowsBehindFirst(lengths: texts.map(\.count))
    guard rows.count >= count else { throw .others(expected: count, actual: rows.count) }
    var random = SeededRandom(seed: seed)
    let drawn = random.permutation(rows.count).prefix(count).map { rows[$0] }
    let states = try wordsErrors { () throws(TransformerError) in
      try model.activations(texts, at: [site], positions: .all)[site]?.selecting(rows: drawn)
    }
    return PointSample(
      place: place, points: states ?? Matrix(rows: 0, columns: model.configuration.width, elements: []),
      words: "states of random positions of \(texts.count) texts")
  }
}
