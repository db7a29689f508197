public import Checkpoints
import Foundation
import LinearAlgebra
public import Tensors
public import Tokenizers

/// An encoder of sentences, ready to run: BERT, MiniLM, MPNet. Every token sees all others of its text, and one vector is made of
/// what they become.
///
/// `h := N(h + attention(h))`, `h := N(h + mlp(h))`, block after block (Devlin et al. 2019, arXiv 1810.04805); the vector is the mean
/// over tokens, the first token or the largest of each coordinate, at length 1 where the folder says so (Reimers, Gurevych 2019, arXiv
/// 1908.10084). f32 arithmetic.
public struct SentenceEncoder: Sendable {
  /// Weights, norms and products, as decoders have them.
  private let model: Model
  /// The first row of the table of token types, added to every token; empty where there is no table.
  private let tokenType: [Float]
  /// `[buckets x heads]`: what scores gain by the distance; nil where they gain nothing.
  private let distanceTerms: Matrix<Float>?
  public let pooling: SentencePooling

  /// What the checkpoint calls the model, or the name of its file.
  public var name: String { model.name }
  public var configuration: ModelConfiguration { model.configuration }
  public var tokenizer: Tokenizer { model.tokenizer }
  /// Tokens that a text may have, special ones included.
  public var maximumTokens: Int {
    min(pooling.maximumTokens ?? .max, configuration.contextLength)
  }

  /// Reads configuration, norms and biases, and maps the matrices; checks every shape, every key and every tensor.
  ///
  /// - Parameter pooling: in place of what the folder says; needed where it says nothing.
  /// - Throws: ``TransformerError`` for a model that is no encoder of sentences, for GGUF, for modules that are not computed, and for
  ///   what ``Model/load(_:arithmetic:)`` throws.
  public static func load(
    _ checkpoint: Checkpoint, pooling: SentencePooling? = nil
  ) throws(TransformerError) -> SentenceEncoder {
    let (configuration, said) = try transformerErrors { () throws(CheckpointError) in
      try checkpoint.requireEncoder()
      guard let pooling else { return (try checkpoint.configuration, try checkpoint.sentencePooling()) }
      return (try checkpoint.configuration, pooling)
    }
    guard let encoder = configuration.encoder else { preconditionFailure("an encoder without its traits") }
    let family = checkpoint.family
    let tokenizer = try Model.tokenizer(of: checkpoint, rows: configuration.vocabularySize)
    var reader = WeightReader(checkpoint: checkpoint, configuration: configuration, family: family)
    let width = configuration.width
    let embedding = try reader.matrix(
      Weight.embedding.name, rows: configuration.vocabularySize, columns: width)
    let positions = try reader.matrix(
      Weight.positions.name, rows: configuration.contextLength + configuration.positionOffset, columns: width)
    let embeddingNorm = try reader.norm("token_embd_norm", count: width)
    var blocks: [BlockWeights] = []
    for index in 0..<configuration.blockCount { blocks.append(try reader.block(index)) }
    let types =
      encoder.tokenTypes > 0
      ? try reader.matrix("token_types.weight", rows: encoder.tokenTypes, columns: width).dequantised() : nil
    let terms = try encoder.distanceBuckets.map { (count) throws(TransformerError) in
      try reader.matrix("attn_rel_b.weight", rows: count, columns: configuration.headCount).dequantised()
    }
    let rotation = try Rotation(configuration, family, &reader)
    try reader.checkEverythingWasRead()
    let model = Model(
      name: checkpoint.name, configuration: configuration, tokenizer: tokenizer, arithmetic: .f32,
      family: family, embedding: embedding, unembedding: embedding, unembeddingBias: [],
      finalNorm: NormWeights(),
      positions: positions, embeddingNorm: embeddingNorm, blocks: blocks, rotation: rotation,
      bend: ScoreBend(configuration, family), checkpoint: checkpoint)
    return SentenceEncoder(
      model: model, tokenType: types?.row(0) ?? [], distanceTerms: terms, pooling: said)
  }

  /// The tokens of a text, with those that the model's makers put around it.
  public func tokens(of text: String) -> [Int] { tokenizer.encode(text) }

  /// The first and the last tokens of a text that is too long, as sentence-transformers cuts it: its end goes, what stands around it
  /// stays.
  public func cut(_ tokens: [Int]) -> [Int] {
    guard tokens.count > maximumTokens, let last = tokens.last else { return tokens }
    return tokens.prefix(maximumTokens - 1) + [last]
  }

  /// One vector a text: `[texts x d_model]`.
  ///
  /// Texts run together without padding; no number depends on the others beyond rounding. Cost: `2 · parameters` operations a token;
  /// memory of about 40 kB a token of a group of 2048.
  /// - Throws: ``TransformerError`` for tokens that the vocabulary does not have, for texts without tokens or of more than the model has
  ///   positions for, and for results that are not finite.
  public func encode(_ texts: [[Int]]) throws(TransformerError) -> Matrix<Float> {
    let width = configuration.width
    var vectors: [Float] = []
    vectors.reserveCapacity(texts.count * width)
    for group in Batch.groups(lengths: texts.map(\.count)) {
      let own = Array(texts[group])
      let states = try hiddenStates(of: own)
      var row = 0
      for text in own {
        vectors += pooled(states, rows: row..<row + text.count)
        row += text.count
      }
    }
    try model.checkFinite(vectors, "the vectors of the texts")
    return Matrix(rows: texts.count, columns: width, elements: vectors)
  }

  /// A vector a text, the end of long ones cut as by ``cut(_:)``.
  ///
  /// - Throws: as ``encode(_:)``.
  public func encode(cutting texts: [String]) throws(TransformerError) -> Matrix<Float> {
    try encode(texts.map { cut(tokens(of: $0)) })
  }

  /// The stream of every token, text after text: what enters block `block`, or leaves the last one; `[tokens x d_model]`.
  public func hiddenStates(
    of texts: [[Int]], entering block: Int? = nil
  ) throws(TransformerError) -> Matrix<Float> {
    try model.check(texts)
    let batch = Batch(
      sequences: Array(texts.indices), lengths: texts.map(\.count), firstPositions: texts.map { _ in 0 })
    var h = model.embedding.selecting(rows: texts.flatMap(\.self))
    h.addToRows(tokenType)
    model.addPositions(to: &h, lengths: texts.map(\.count))
    h = model.normalised(h, model.embeddingNorm)
    let terms = distanceTerms.map { DistanceTerms($0, longest: texts.map(\.count).max() ?? 0) }
    withSingleThreadedBLAS {
      for w in model.blocks[..<(block ?? model.blocks.count)] { run(w, &h, batch, terms) }
    }
    return h
  }

  private func run(_ w: BlockWeights, _ h: inout Matrix<Float>, _ batch: Batch, _ terms: DistanceTerms?) {
    var projected = w.product(h, [.query, .key, .value])
    projected.addToRows(w.projectionBias)
    h.add(model.attentionOutput(w, mix(projected, batch, terms)))
    h = model.normalised(h, w.attentionOutputNorm)
    h.add(model.feedForwardOutput(w, model.gateAndUp(w, h)))
    h = model.normalised(h, w.feedForwardOutputNorm)
  }

  /// Attention of every token over all of its text: `[rows x heads · d_head]`.
  private func mix(_ projected: Matrix<Float>, _ batch: Batch, _ terms: DistanceTerms?) -> Matrix<Float> {
    let c = configuration
    let (d, stride) = (c.headDimension, projected.columns)
    let longest = batch.items.map(\.rows.count).max() ?? 0
    let heads = Matrix<Float>.parallelRows(
      rows: batch.rowCount * c.headCount, columns: d, chunk: max(1, 262_144 / (d * max(1, longest)))
    ) { range, elements in
      var weights = [Float](repeating: 0, count: longest)
      let all = projected.elements.span
      for index in range {
        let (row, head) = (index / c.headCount, index % c.headCount)
        let rows = batch.items[batch.itemOfRow[row]].rows
        let query = row * stride + head * d
        let keys = rows.lowerBound * stride + (c.headCount + head) * d
        attend(
          query: all.extracting(query..<query + d), keys: all.extracting(keys..<all.count),
          values: all.extracting(keys + c.headCount * d..<all.count), stride: stride, count: rows.count,
          scale: c.attentionScale,
          bend: { scores, range in
            terms?.add(to: &scores, range, query: row - rows.lowerBound, head: head)
          }, weights: &weights, into: &elements, at: (index - range.lowerBound) * d)
      }
    }
    return Matrix(rows: batch.rowCount, columns: c.headCount * d, elements: heads.elements)
  }

  private func pooled(_ states: Matrix<Float>, rows: Range<Int>) -> [Float] {
    let width = states.columns
    var vector: [Float]
    switch pooling.mode {
    case .cls: vector = states.row(rows.lowerBound)
    case .mean:
      var sums = [Double](repeating: 0, count: width)
      for row in rows { for i in 0..<width { sums[i] += Double(states[row, i]) } }
      vector = sums.map { Float($0 / Double(rows.count)) }
    case .max:
      vector = states.row(rows.lowerBound)
      for row in rows { for i in 0..<width { vector[i] = max(vector[i], states[row, i]) } }
    }
    guard pooling.normalises else { return vector }
    // As torch: no division by less than this.
    let norm = max(vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot(), 1e-12)
    return vector.map { Float(Double($0) / norm) }
  }
}

/// What scores gain by the distance from query to key, of all distances that occur (Raffel et al. 2020, arXiv 1910.10683): near ones
/// have a bucket each, farther ones share buckets whose width grows with the logarithm.
private struct DistanceTerms: Sendable {
  /// Per head, of distances `key − query` from `−longest + 1` on.
  private let values: [[Float]]
  private let longest: Int

  init(_ table: Matrix<Float>, longest: Int) {
    self.longest = longest
    let buckets = (1 - max(1, longest)..<max(1, longest)).map { Self.bucket($0, of: table.rows) }
    values = (0..<table.columns).map { head in buckets.map { table[$0, head] } }
  }

  func add(to scores: inout MutableSpan<Float>, _ range: Range<Int>, query: Int, head: Int) {
    let first = longest - 1 - query
    for i in range { scores[i] += values[head][first + i] }
  }

  /// Half of the buckets are for keys behind the query; half of these for one distance each, the rest up to 128.
  private static func bucket(_ distance: Int, of count: Int) -> Int {
    let half = count / 2
    let start = distance > 0 ? half : 0
    let (far, exact) = (abs(distance), half / 2)
    guard far >= exact else { return start + far }
    let share = log(Float(far) / Float(exact)) / Float(log(128 / Double(exact)))
    return start + min(half - 1, exact + Int(share * Float(half - exact)))
  }
}
