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

  /// Rows of the input embedding of words: tokens of letters that begin a word.
  ///
  /// - Parameter count: at most as many as there are such tokens.
  /// - Throws: ``WordsError``.
  public static func tokens(of model: Model, count: Int = 128, seed: UInt64 = 1) throws(WordsError)
    -> PointSample
  {
    let words = model.tokenizer.vocabulary.prefix(model.tokenizer.namedCount).filter {
      TokenClass($0) == .wordStart
    }
    guard words.count >= count else { throw .others(expected: count, actual: words.count) }
    var random = SeededRandom(seed: seed)
    let ids = random.permutation(words.count).prefix(count).map { words[$0].id }
    return PointSample(
      place: .inputEmbedding,
      points: try wordsErrors { () throws(TransformerError) in
        try model.inputRows(of: ids)
      }, words: "rows of random tokens that begin a word")
  }

  /// States of texts at a layer, each of another text at a random position but the first, which attention uses as a sink.
  ///
  /// Cost: one forward pass over the texts that are drawn, up to the layer.
  /// - Parameters:
  ///   - sequences: texts as the model reads them; those of one token are left out.
  ///   - count: at most as many as there are texts.
  /// - Throws: ``WordsError``.
  public static func states(
    of model: Model, layer: Int, sequences: [[Int]], count: Int = 128, seed: UInt64 = 1
  ) throws(WordsError) -> PointSample {
    let place = PatchPlace.residual(layer: layer)
    let site = try place.site(in: model)
    let texts = sequences.filter { $0.count > 1 }
    guard texts.count >= count else { throw .others(expected: count, actual: texts.count) }
    var random = SeededRandom(seed: seed)
    // Cut behind the position that is drawn, so that it is the last one.
    let cut = random.permutation(texts.count).prefix(count).map { index in
      Array(texts[index].prefix(2 + Int(random.next(upperBound: UInt64(texts[index].count - 1)))))
    }
    let states = try wordsErrors { () throws(TransformerError) in
      try model.activations(cut, at: [site], positions: .last)
    }
    return PointSample(
      place: place, points: states[site] ?? Matrix(rows: 0, columns: model.configuration.width, elements: []),
      words: "states of random positions of \(count) texts")
  }
}
