internal import Alignment
internal import LinearAlgebra
public import Stores
internal import Tensors
internal import Tokenizers
internal import Training
public import Transformers

/// Where an adapter begins.
public enum AdapterStart: String, Sendable, Equatable, Codable, CaseIterable {
  /// Weights drawn by the seed.
  case random
  /// At the map from domain rows to the model's own rows of the same words.
  case emb2emb
  /// The same, and it stays there: the adapter is never trained.
  case fixed
}

/// Items of a domain whose name is one token of a model, and those tokens.
///
/// A name counts with a space in front where that is one token (`Ġking`), otherwise as it is.
public struct SharedTokens: Sendable, Equatable {
  public let items: [Int]
  public let tokens: [Int]
  /// How many of them have a space in front.
  public let spaced: Int

  /// - Parameter items: those that may be taken; held-out ones are to stay unseen.
  public init(_ domain: Domain, _ model: Model, among items: [Int]) {
    var found: [(item: Int, token: Int)] = []
    var spaced = 0
    for item in items {
      for (isSpaced, text) in [(true, " " + domain.names[item]), (false, domain.names[item])] {
        let tokens = model.tokenizer.encode(text, addingSpecial: false)
        guard tokens.count == 1 else { continue }
        found.append((item, tokens[0]))
        spaced += isSpaced ? 1 : 0
        break
      }
    }
    (self.items, tokens, self.spaced) = (found.map(\.item), found.map(\.token), spaced)
  }
}

extension Adapter {
  /// Parameters with which every pseudo-token of a vector is where the least-squares map of shared words puts it.
  ///
  /// The map from standardised domain rows x to the model's rows as they enter block 0 is ``Ridge``, λ by
  /// cross-validation. One layer is that map but for a factor: `W = s [M; …; M]`, `b = s [c; …; c]`. Of two layers the
  /// first stays as the seed draws it, and the second is the ridge from those random features to the rows.
  /// - Parameter domain: standardised, a row an item.
  /// - Throws: `AlignmentError.tooFewTokens` where too few names are tokens.
  func mapped(
    through shared: SharedTokens, _ domain: Matrix<Float>, to model: Model, seed: UInt64
  ) throws -> ParameterSet {
    var parameters = initialParameters(seed: seed)
    let rows = domain.selecting(rows: shared.items)
    let (source, weight, bias) =
      switch layers {
      case .linear: (rows, "weight", "bias")
      case .two: (features(of: rows, at: parameters), "weight.2", "bias.2")
      }
    let map = try Ridge().fit(
      source: source, target: model.embed(shared.tokens), options: AlignmentOptions()
    ).map
    let zero = Matrix<Float>(rows: 1, columns: map.sourceWidth, repeating: 0)
    // As long on average as at random: the direction is all that counts, and a step then changes as little of it.
    let found = map.applied(toPoints: source)
    let scale = Float(modelWidth).squareRoot() / max(.leastNormalMagnitude, found.meanRowNorm)
    let offset = map.applied(toPoints: zero).elements.map { scale * $0 }
    let slopes = map.weights.transposed().elements.map { scale * $0 }
    parameters[weight] = Matrix(
      rows: tokenCount * modelWidth, columns: map.sourceWidth,
      elements: (0..<tokenCount).flatMap { _ in slopes })
    parameters[bias] = Matrix(
      rows: 1, columns: tokenCount * modelWidth, elements: (0..<tokenCount).flatMap { _ in offset })
    return parameters
  }
}

extension Matrix<Float> {
  fileprivate var meanRowNorm: Float {
    (0..<rows).reduce(0) { sum, row in
      let values = elements.span.extracting(range(ofRow: row))
      return sum + dot(values, values).squareRoot()
    } / Float(Swift.max(1, rows))
  }
}
