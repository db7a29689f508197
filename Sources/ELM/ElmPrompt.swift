/// A prompt in which vectors of a domain stand.
public struct ElmPrompt: Sendable, Equatable {
  /// A part of it.
  public enum Piece: Sendable, Equatable {
    case text(String)
    /// As the domain has them, in its own units.
    case vector([Float])
  }

  public var pieces: [Piece]

  public init(_ pieces: [Piece]) { self.pieces = pieces }

  /// Its vectors, in order.
  public var vectors: [[Float]] {
    pieces.compactMap { if case .vector(let vector) = $0 { vector } else { nil } }
  }

  /// The same prompt about other vectors: as many as it has.
  /// - Precondition: as many.
  public func about(_ vectors: [[Float]]) -> ElmPrompt {
    precondition(
      vectors.count == self.vectors.count, "\(vectors.count) vectors for \(self.vectors.count) places")
    var next = vectors.makeIterator()
    return ElmPrompt(
      pieces.map { piece in
        if case .vector(let old) = piece { .vector(next.next() ?? old) } else { piece }
      })
  }
}

/// What a model wrote.
public struct ElmAnswer: Sendable, Equatable {
  public let text: String
  public let tokens: [Int]
  /// Whether the model ended it; otherwise the limit of tokens did, or the model's context.
  public let hasEnded: Bool

  package init(text: String, tokens: [Int], hasEnded: Bool) {
    (self.text, self.tokens, self.hasEnded) = (text, tokens, hasEnded)
  }
}
