internal import Alignment
internal import Checkpoints
internal import Domains
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
  /// At the map from domain rows to the mean of the model's rows of the tokens of what is said of them.
  case answers
  /// At EMB2EMB's map, and it stays there: the adapter is never trained.
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

/// Points of a domain and the rows of a model that an adapter starts by carrying them to.
struct StartPairs {
  /// Pairs without which there is no map to fit.
  static let least = 10

  /// The words whose rows they are; nil for answers.
  let shared: SharedTokens?
  /// Standardised, a row a point.
  let points: Matrix<Float>
  /// As they enter block 0.
  let rows: Matrix<Float>

  /// Items and the tokens that they are called by.
  /// - Parameter domain: standardised, a row an item.
  init(_ shared: SharedTokens, _ domain: Matrix<Float>, _ model: Model) {
    self.shared = shared
    (points, rows) = (domain.selecting(rows: shared.items), model.embed(shared.tokens))
  }

  /// Points and the mean row of the tokens of an answer about each, as it reads behind a space: what a space without names that are
  /// tokens has instead. Of examples about two vectors none is taken.
  init(
    answersOf examples: [ElmExample], in domain: Domain, _ standardisation: ElmRecord.Standardisation,
    _ model: Model
  ) {
    var vectors: [Float] = []
    var means: [Float] = []
    for example in examples where example.points.count == 1 {
      let tokens = model.tokenizer.encode(" " + example.answer, addingSpecial: false)
      guard !tokens.isEmpty else { continue }
      vectors += example.points[0].vector(in: domain)
      means += model.embed(tokens).columnMeans.map { Float($0) }
    }
    let count = means.count / model.configuration.width
    shared = nil
    points = standardisation.applied(to: Matrix(rows: count, columns: domain.width, elements: vectors))
    rows = Matrix(rows: count, columns: model.configuration.width, elements: means)
  }

  var count: Int { points.rows }
  var suffices: Bool { count >= Self.least }
}

extension Adapter {
  /// Parameters with which every pseudo-token of a vector is where the least-squares map of some pairs puts it.
  ///
  /// The map from standardised domain rows x to the model's rows as they enter block 0 is ``Ridge``, λ by
  /// cross-validation. One layer is that map but for a factor: `W = s [M; …; M]`, `b = s [c; …; c]`. Of two layers the
  /// first stays as the seed draws it, and the second is the ridge from those random features to the rows.
  /// - Throws: `AlignmentError.tooFewTokens` where there are too few pairs.
  func mapped(through pairs: StartPairs, seed: UInt64) throws -> ParameterSet {
    var parameters = initialParameters(seed: seed)
    let (source, weight, bias) =
      switch layers {
      case .linear: (pairs.points, "weight", "bias")
      case .two: (features(of: pairs.points, at: parameters), "weight.2", "bias.2")
      }
    let map = try Ridge().fit(source: source, target: pairs.rows, options: AlignmentOptions()).map
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
