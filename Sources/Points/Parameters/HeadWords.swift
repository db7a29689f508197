internal import Checkpoints
internal import Files
internal import LinearAlgebra
public import Statistics
internal import Tensors
internal import Tokenizers
public import Transformers

/// Two tokens and how strongly a head connects them.
public struct TokenPair: Sendable, Equatable {
  public let first: Int
  public let second: Int
  public let strength: Float
}

/// What an attention head attends to and what it writes, in pairs of tokens.
///
///     OV: E W_V W_O diag(γ) W_U   a token that is attended to, and the token that it makes likelier
///     QK: E W_Q W_Kᵀ Eᵀ           a token that asks, and the token that it attends to
///
/// E are rows of the input embedding as they enter block 0; the weights of the norm before the attention are folded into W_Q,
/// W_K and W_V, the final norm's (γ) into what is written. Rotary angles and biases are left out: QK is that of two
/// tokens at one position. In grouped-query attention W_K and W_V are those of the head's group.
///
/// The pairs are exact within the compared tokens, the named ones with the lowest ids: blocks of rows of the product are
/// searched one after the other, and never stored. O(tokens² d_head).
///
/// Dar et al. 2023 (arXiv 2209.02535), section 3; norms are left out there.
public struct HeadWords: Sendable {
  public let block: Int
  public let head: Int
  /// The strongest pairs of OV.
  public let writes: [TokenPair]
  /// Those of QK.
  public let attends: [TokenPair]
  /// The ids below this one were compared.
  public let comparedTokens: Int
  /// Mean Sim_k of the rows of W_V and W_O, and of W_Q and W_K, coordinate by coordinate, held against shuffled coordinates.
  public let valueSimilarity: Estimate
  public let querySimilarity: Estimate
  /// Tokens of each set.
  public let similarityTokens: Int

  /// - Precondition: the model has the block and the head.
  public init(
    _ head: Int, block: Int, in model: Model, options: ParameterWordOptions = ParameterWordOptions()
  ) {
    (self.block, self.head, similarityTokens) = (block, head, options.similarityTokens)
    let weights = model.head(head, block: block)
    let named = model.tokenizer.namedCount
    comparedTokens = min(options.comparedTokens, named)
    let inputs = model.embed(Array(0..<comparedTokens))
    let written = model.vocabularyProducts(weights.output, normed: true)
    let coordinates = withSingleThreadedBLAS {
      [weights.value, weights.query, weights.key].map { multiply(inputs, $0, transposingB: true) }
    }
    JobProgress.current.tell(0, of: 2, "pairs of OV")
    writes = strongestPairs(
      coordinates[0], written.firstColumns(comparedTokens), count: options.tokens)
    JobProgress.current.tell(1, of: 2, "pairs of QK")
    attends = strongestPairs(coordinates[1], coordinates[2].transposed(), count: options.tokens)
    let read = model.vocabularyProducts(weights.value, normed: false)
    valueSimilarity = Self.similarity(read, written, named, options)
    querySimilarity = Self.similarity(
      model.vocabularyProducts(weights.query, normed: false),
      model.vocabularyProducts(weights.key, normed: false),
      named, options)
  }

  private static func similarity(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ named: Int, _ options: ParameterWordOptions
  ) -> Estimate {
    let sets: [[Set<Int>]] = [a, b].map { matrix in
      parallelMap(count: matrix.rows) { matrix.strongest(options.similarityTokens, row: $0, named) }
    }
    let count = a.rows
    func mean(_ image: (Int) -> Int) -> Double {
      (0..<count).reduce(0.0) { $0 + Points.similarity(sets[0][$1], sets[1][image($1)]) } / Double(count)
    }
    let permutations = TokenPermutations(count: count, draws: options.controls, seed: options.seed)
    let draws: [Double] = (0..<options.controls).map { draw in
      let images = permutations[draw]
      return mean { images[$0] }
    }
    let observed = mean { $0 }
    return Estimate(
      value: observed, n: count,
      null: draws.isEmpty
        ? nil
        : .sampled(
          draws, observed: observed, maximum: 1, significance: 0.05,
          meaning: "coordinates of the head shuffled")
    )
  }
}

/// The largest entries of X Y, the largest first, exact; O(rows · columns · inner), memory of a block of rows a worker.
func strongestPairs(_ x: Matrix<Float>, _ y: Matrix<Float>, count: Int) -> [TokenPair] {
  let block = 128
  let found: [[TokenPair]] = withSingleThreadedBLAS {
    parallelMap(count: (x.rows + block - 1) / block) { index in
      let rows = index * block..<min(x.rows, (index + 1) * block)
      let products = multiply(x.selecting(rows: Array(rows)), y)
      return largest(count, of: products.elements.span).map {
        TokenPair(
          first: rows.lowerBound + $0 / y.columns, second: $0 % y.columns, strength: products.elements[$0])
      }
    }
  }
  return Array(
    found.joined().sorted { ($0.strength, -$0.first, -$0.second) > ($1.strength, -$1.first, -$1.second) }
      .prefix(count))
}

extension Matrix<Float> {
  fileprivate func firstColumns(_ count: Int) -> Matrix<Float> {
    count == columns
      ? self
      : Matrix(
        rows: rows, columns: count,
        elements: (0..<rows).flatMap {
          elements[range(ofRow: $0).lowerBound..<range(ofRow: $0).lowerBound + count]
        })
  }
}
