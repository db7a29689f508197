internal import Files

/// A text to be written after a prompt in which pseudo-tokens stand: vectors that enter the model as the rows of tokens
/// do, but are none.
public struct PseudoTokenExample: Sendable, Equatable {
  /// A part of a prompt.
  public enum Piece: Sendable, Equatable {
    case tokens([Int])
    /// The K pseudo-tokens of the vector of this number among those that are trained on.
    case vector(Int)
  }

  /// Tokens and vectors in turn, a begin of sequence where the model wants one.
  public var prompt: [Piece]
  /// Tokens that are to follow, each counted in the loss.
  public var target: [Int]

  public init(_ prompt: [Piece], target: [Int]) { (self.prompt, self.target) = (prompt, target) }

  /// A prompt around one vector.
  ///
  /// - Parameters:
  ///   - before: tokens in front of the vector.
  ///   - vector: its number.
  ///   - after: tokens between it and the target.
  public init(before: [Int] = [], vector: Int = 0, after: [Int] = [], target: [Int]) {
    self.init([.tokens(before), .vector(vector), .tokens(after)], target: target)
  }

  /// The numbers of its vectors, in the order of the prompt.
  var vectors: [Int] {
    prompt.compactMap { if case .vector(let number) = $0 { number } else { nil } }
  }

  /// Tokens and pseudo-tokens that are read and predicted, K for each vector.
  public func length(pseudoTokens: Int) -> Int {
    prompt.reduce(target.count) { sum, piece in
      switch piece {
      case .tokens(let tokens): sum + tokens.count
      case .vector: sum + pseudoTokens
      }
    }
  }
}

extension [PseudoTokenExample] {
  /// SHA-256 over all tokens and numbers of vectors, hexadecimal.
  var sha256: String {
    let numbers = flatMap { example -> [Int64] in
      let prompt = example.prompt.flatMap { piece -> [Int64] in
        switch piece {
        case .tokens(let tokens): [Int64(tokens.count)] + tokens.map(Int64.init)
        case .vector(let number): [-1, Int64(number)]
        }
      }
      return [Int64(example.prompt.count)] + prompt + [Int64(example.target.count)]
        + example.target.map(Int64.init)
    }
    var hash = SHA256()
    hash.update(numbers.span)
    return hexadecimal(hash.finalized())
  }
}
