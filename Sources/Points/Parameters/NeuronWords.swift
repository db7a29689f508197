internal import Checkpoints
public import Statistics
internal import Tensors
internal import Tokenizers
public import Transformers

/// A token and how strongly a parameter says it.
public struct TokenProduct: Sendable, Equatable {
  public let token: Int
  public let product: Float
}

/// What a neuron of a feed-forward layer reads and writes, in tokens.
///
/// It adds `f(g · x̂) (u · x̂) v` to the residual stream. Gate and up rows are taken times the weights of the norm before the layer
/// (γ₂) and multiplied with the unembedding's rows as they are, for what they read is no output; the value row times the weights of
/// the final norm (γ), as everything that is added to the last residual stream is read. No block in between is
/// accounted for.
///
/// Dar et al. 2023 (arXiv 2209.02535), section 3: k E and v E, E' = Eᵀ; there one row stands for gate and up, and norms are
/// left out.
public struct NeuronWords: Sendable {
  public let block: Int
  public let neuron: Int
  /// The largest products, and the smallest: a neuron writes both, by the sign of its activation.
  public let gate: Ends
  public let up: Ends
  public let value: Ends
  /// Sim_k of gate and value, and of up and value, held against those of this gate (or up) row with the values of other
  /// neurons of the block.
  public let gateSimilarity: Estimate
  public let upSimilarity: Estimate
  /// Tokens of each set.
  public let similarityTokens: Int

  /// The tokens at both ends of a list of products.
  public struct Ends: Sendable, Equatable {
    public let largest: [TokenProduct]
    public let smallest: [TokenProduct]
  }
}

/// How parameters are put into words.
public struct ParameterWordOptions: Sendable {
  /// Tokens that are shown at each end.
  public var tokens = 10
  /// Tokens of the sets of Sim_k, by absolute product.
  public var similarityTokens = 100
  /// Other neurons, or shuffled pairs, of the control.
  public var controls = 199
  public var seed: UInt64 = 1
  /// Tokens of each side whose pairs are compared for a head, by id from 0: ids follow how frequent tokens are in most
  /// vocabularies.
  public var comparedTokens = 32_768

  public init() {}
}

extension NeuronWords {
  /// Cost: products of some 200 rows with the vocabulary.
  /// - Precondition: the model has the block and the neuron.
  public init(
    _ neuron: Int, block: Int, in model: Model, options: ParameterWordOptions = ParameterWordOptions()
  ) {
    (self.block, self.neuron, similarityTokens) = (block, neuron, options.similarityTokens)
    let width = model.configuration.feedForwardWidth
    var random = SeededRandom(seed: options.seed)
    let others = random.permutation(width).filter { $0 != neuron }.prefix(options.controls)
    let weights = model.neurons([neuron] + others, block: block)
    let columns = model.configuration.width
    let named = model.tokenizer.namedCount
    let read = model.vocabularyProducts(
      Matrix(rows: 2, columns: columns, elements: weights[0].gate + weights[0].up), normed: false)
    let written = model.vocabularyProducts(
      Matrix(rows: weights.count, columns: columns, elements: weights.flatMap(\.value)), normed: true)
    gate = Ends(read, row: 0, named, options.tokens)
    up = Ends(read, row: 1, named, options.tokens)
    value = Ends(written, row: 0, named, options.tokens)
    let sets = (0..<written.rows).map { written.strongest(options.similarityTokens, row: $0, named) }
    func estimate(_ row: Int) -> Estimate {
      let own = read.strongest(options.similarityTokens, row: row, named)
      let found = sets.map { similarity(own, $0) }
      return Estimate(
        value: found[0], n: 1,
        null: found.count > 1
          ? .sampled(
            Array(found.dropFirst()), observed: found[0], maximum: 1, significance: 0.05,
            meaning: "values of other neurons of the block") : nil)
    }
    (gateSimilarity, upSimilarity) = (estimate(0), estimate(1))
  }
}

extension NeuronWords.Ends {
  init(_ products: Matrix<Float>, row: Int, _ named: Int, _ count: Int) {
    let values = Array(products.row(row).prefix(named))
    let negated = values.map { -$0 }
    self.largest = Tensors.largest(count, of: values.span).map {
      TokenProduct(token: $0, product: values[$0])
    }
    smallest = Tensors.largest(count, of: negated.span).map { TokenProduct(token: $0, product: values[$0]) }
  }
}

extension Matrix<Float> {
  /// The tokens of the largest absolute products of a row.
  func strongest(_ count: Int, row: Int, _ named: Int) -> Set<Int> {
    let sizes = self.row(row).prefix(named).map { abs($0) }
    return Set(largest(count, of: sizes.span))
  }
}
