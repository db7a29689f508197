public import Stores
internal import Tensors

/// A prompt in which vectors stand, and the text that is to follow.
public struct ElmExample: Sendable, Equatable {
  /// A point of a domain: a sum of rows with weights that add up to 1.
  public struct Point: Sendable, Equatable {
    /// Rows of the domain and their weights: one row with 1, or two between which it lies.
    public let terms: [Term]

    /// A row and its weight.
    public struct Term: Sendable, Equatable {
      public let item: Int
      public let weight: Float
    }

    package init(_ terms: [(Int, Float)]) { self.terms = terms.map { Term(item: $0.0, weight: $0.1) } }

    /// `Σ weight · row`, as wide as the domain.
    public func vector(in domain: Domain) -> [Float] {
      var sum = [Float](repeating: 0, count: domain.width)
      for term in terms {
        for (column, index) in domain.vectors.range(ofRow: term.item).enumerated() {
          sum[column] += term.weight * domain.vectors.elements[index]
        }
      }
      return sum
    }
  }

  /// A part of a prompt.
  public enum Piece: Sendable, Equatable {
    case text(String)
    /// K pseudo-tokens of an adapter stand here.
    case point(Point)
  }

  /// The task's name.
  public let task: String
  /// The items that the answer is about, one or two.
  public let items: [Int]
  /// Text and vectors in turn; text pieces are to be tokenized one by one.
  public let prompt: [Piece]
  /// What is to follow, without a space in front.
  public let answer: String

  /// The prompt's points, in order.
  public var points: [Point] { prompt.compactMap { if case .point(let point) = $0 { point } else { nil } } }

  /// The prompt with names in angle brackets where vectors stand, to be shown.
  public func words(in domain: Domain) -> String {
    prompt.map { piece in
      switch piece {
      case .text(let text): text
      case .point(let point): "⟨" + point.terms.map { domain.names[$0.item] }.joined(separator: " – ") + "⟩"
      }
    }.joined()
  }
}
