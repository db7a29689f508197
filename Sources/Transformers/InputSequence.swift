import Checkpoints
public import Tensors

/// What enters block 0 of a model: tokens, and vectors that stand between them as the rows of tokens do but are none.
public struct InputSequence: Sendable, Equatable {
  /// A part of it.
  public enum Piece: Sendable, Equatable {
    case tokens([Int])
    /// `[any x d_model]`, in the units of the residual stream that enters block 0: rows of the input embedding *after* the family's
    /// factor (√d_model for Gemma) and norm, before learned positions.
    case vectors(Matrix<Float>)
  }

  public var pieces: [Piece]

  public init(_ pieces: [Piece]) { self.pieces = pieces }

  /// Positions: tokens and vectors.
  public var count: Int {
    pieces.reduce(0) { sum, piece in
      switch piece {
      case .tokens(let tokens): sum + tokens.count
      case .vectors(let vectors): sum + vectors.rows
      }
    }
  }

  /// The token of each position, nil where a vector stands.
  package var tokensOfRows: [Int?] {
    pieces.flatMap { piece -> [Int?] in
      switch piece {
      case .tokens(let tokens): tokens
      case .vectors(let vectors): Array(repeating: nil, count: vectors.rows)
      }
    }
  }

  /// Its tokens, without the vectors.
  var tokens: [Int] {
    pieces.flatMap { piece -> [Int] in if case .tokens(let tokens) = piece { tokens } else { [] } }
  }
}

// MARK: - Running them

extension Model {
  /// Continues each prompt as ``generate(_:options:interventions:)`` does.
  ///
  /// - Throws: ``TransformerError`` also for vectors of another width or with numbers that are not finite.
  public func generate(
    _ prompts: [InputSequence], options: GenerationOptions = GenerationOptions()
  ) throws(TransformerError) -> [[Int]] {
    try options.validate()
    try check(prompts)
    return try generate(
      prompts, after: KeyValueCache(for: self, sequenceCount: 1, precision: options.cache), options,
      plan([], prompts.count))
  }

  /// `ln p(token | everything before it)` for each token of each continuation.
  ///
  /// Neighbours that begin alike, as one prompt with many continuations, are run once as far as they do. Only the
  /// positions that predict a continuation's token are unembedded, 128 at a time.
  /// - Returns: one list a continuation, as long as the continuation, natural logarithms.
  /// - Throws: ``TransformerError`` for tokens and vectors that do not fit.
  public func logProbabilities(
    of continuations: [(prompt: InputSequence, continuation: [Int])]
  ) throws(TransformerError) -> [[Float]] {
    // The last token predicts nothing that is asked for.
    let sequences = continuations.map {
      InputSequence($0.prompt.pieces + [.tokens($0.continuation.dropLast())])
    }
    for (index, item) in continuations.enumerated() where item.prompt.count == 0 {
      throw .emptySequence(sequence: index)
    }
    try check(sequences)
    try check(continuations.map(\.continuation).filter { !$0.isEmpty })
    let states = PrefixStates(block: 0, sequences: keys(of: sequences), hidden: embed(sequences))
    let selected = continuations.enumerated().flatMap { sequence, item in
      item.continuation.indices.map {
        SequencePosition(sequence: sequence, position: item.prompt.count - 1 + $0)
      }
    }
    let flat = try logProbabilities(
      of: continuations.flatMap(\.continuation), from: finalStates(continuing: states, selecting: selected))
    var start = 0
    return continuations.map { item in
      defer { start += item.continuation.count }
      return Array(flat[start..<start + item.continuation.count])
    }
  }

  /// The residual stream that enters block 0, sequence after sequence; learned positions are added to vectors as to tokens.
  /// - Parameter first: the position of the first row of each sequence; none for 0.
  package func embed(_ sequences: [InputSequence], from first: [Int] = []) -> Matrix<Float> {
    var h = rows(of: sequences)
    addPositions(to: &h, lengths: sequences.map(\.count), from: first)
    return h
  }

  private func rows(of sequences: [InputSequence]) -> Matrix<Float> {
    let width = configuration.width
    let rows = embed(sequences.flatMap(\.tokens))
    let pieces = sequences.flatMap(\.pieces)
    guard pieces.contains(where: { if case .vectors = $0 { true } else { false } }) else { return rows }
    var elements: [Float] = []
    var next = 0
    for piece in pieces {
      switch piece {
      case .tokens(let tokens):
        elements += rows.elements[next * width..<(next + tokens.count) * width]
        next += tokens.count
      case .vectors(let vectors): elements += vectors.elements
      }
    }
    return Matrix(rows: elements.count / width, columns: width, elements: elements)
  }

  /// The ids of tokens, and a number below 0 for each vector, equal for equal ones.
  private func keys(of sequences: [InputSequence]) -> [[Int]] {
    var known: [[Float]: Int] = [:]
    return sequences.map { sequence in
      sequence.pieces.flatMap { piece -> [Int] in
        switch piece {
        case .tokens(let tokens): return tokens
        case .vectors(let vectors):
          return (0..<vectors.rows).map { row in
            let values = vectors.row(row)
            let key = known[values] ?? -1 - known.count
            known[values] = key
            return key
          }
        }
      }
    }
  }

  /// - Throws: for sequences that are empty or beyond the context, tokens that the vocabulary does not have, vectors
  ///   that do not fit.
  package func check(_ sequences: [InputSequence]) throws(TransformerError) {
    for (index, sequence) in sequences.enumerated() {
      try check(length: sequence.count, ofSequence: index)
      try check(tokens: sequence.tokens, ofSequence: index)
      for case .vectors(let vectors) in sequence.pieces {
        guard vectors.columns == configuration.width else {
          throw .count(what: "width of the vectors", expected: configuration.width, actual: vectors.columns)
        }
        try checkFinite(vectors.elements, "a vector of sequence \(index)", "so it was given")
      }
    }
  }
}
