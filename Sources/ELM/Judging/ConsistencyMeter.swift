public import Stores
internal import Tensors

/// How well a text and a vector agree: semantic consistency (Tennenholtz et al. 2024).
///
/// `SC(o; v) = cos(E_D(o) - μ, v - μ)` with E_D of ``DomainEncoder`` and μ the mean of the training items. Without μ everything in a space whose
/// rows have a common direction agrees with everything; the plain cosine stands beside it.
public struct SemanticConsistency: Sendable, Equatable, Codable {
  /// About the mean.
  public let cosine: Double
  /// cos(E_D(o), v).
  public let plainCosine: Double
  /// 1 + the items that agree with the text better than v does, about the mean.
  public let rank: Int
  /// Items of the domain.
  public let among: Int
}

/// A measure of a text, or why there is none.
public enum TextMeasure<Value: Sendable & Equatable & Codable>: Sendable, Equatable, Codable {
  case value(Value)
  case notEvaluable(reason: String)

  /// The value, if there is one.
  public var value: Value? { if case .value(let value) = self { value } else { nil } }

  /// Why there is none; nil where there is one.
  public var reason: String? { if case .notEvaluable(let reason) = self { reason } else { nil } }
}

/// Measures texts against vectors of one domain.
public struct ConsistencyMeter: Sendable {
  public let domain: Domain
  /// nil where the domain has none.
  public let encoder: DomainEncoder?
  /// μ.
  public let mean: [Float]
  /// x - μ of every item, of unit length; a zero row where an item is the mean.
  private let units: Matrix<Float>
  /// Items that are ordered by ``agreement(of:with:leavingOut:)``.
  private let ordered: [Int]

  /// - Parameters:
  ///   - training: items that nothing is held out of.
  ///   - mean: of their vectors, as the adapter has it.
  ///   - orderedItems: so many of the domain's items, drawn by the seed, are put in order for ``RankAgreement``.
  public init(_ domain: Domain, training: [Int], mean: [Float], orderedItems: Int = 500, seed: UInt64 = 1) {
    precondition(mean.count == domain.width, "a mean of \(mean.count) for vectors of \(domain.width)")
    (self.domain, self.mean) = (domain, mean)
    encoder = DomainEncoder(domain, training: training)
    var units = domain.vectors
    for row in 0..<units.rows {
      let unit = Self.unit(domain.vectors.row(row).map { Double($0) }, about: mean)
      for (index, value) in zip(units.range(ofRow: row), unit) { units.elements[index] = value }
    }
    self.units = units
    var random = SeededRandom(seed: seed ^ 0x0ADE_12ED)
    ordered = random.sample(min(orderedItems, domain.count), of: domain.count)
  }

  /// E_D of a text.
  ///
  /// - Parameter items: those that are spoken of, whose names don't count.
  public func encode(_ text: String, leavingOut items: [Int]) -> TextMeasure<[Double]> {
    guard let encoder else { return .notEvaluable(reason: DomainEncoder.reason(against: domain)) }
    guard let vector = encoder.vector(of: text, leavingOut: items.map { domain.names[$0] }) else {
      return .notEvaluable(reason: "no word of the text, the items' names left out, is known in the domain")
    }
    return .value(vector)
  }

  /// SC of a text and a vector; O(items · d).
  public func consistency(
    of text: String, with vector: [Float], leavingOut items: [Int]
  ) -> TextMeasure<SemanticConsistency> {
    consistency(of: encode(text, leavingOut: items), with: vector)
  }

  /// The same of a text that is encoded.
  func consistency(
    of text: TextMeasure<[Double]>, with vector: [Float]
  ) -> TextMeasure<SemanticConsistency> {
    switch text {
    case .notEvaluable(let reason): return .notEvaluable(reason: reason)
    case .value(let encoded):
      let (own, text) = (unit(vector), Self.unit(encoded, about: mean))
      let cosine = Double(dot(own.span, text.span))
      guard own.contains(where: { $0 != 0 }), text.contains(where: { $0 != 0 }) else {
        return .notEvaluable(reason: "the vector or the text's is the mean of the items: it has no direction")
      }
      let zero = [Float](repeating: 0, count: mean.count)
      let (plainOwn, plainText) = (
        Self.unit(vector.map { Double($0) }, about: zero), Self.unit(encoded, about: zero)
      )
      // An item that is the vector itself differs from it by rounding.
      let better = cosines(to: text).count { Double($0) > cosine + 1e-6 }
      return .value(
        SemanticConsistency(
          cosine: cosine, plainCosine: Double(dot(plainOwn.span, plainText.span)), rank: 1 + better,
          among: domain.count))
    }
  }

  /// Whether a text and a vector put the domain's items in the same order; those that are spoken of left out.
  public func agreement(
    of text: String, with vector: [Float], leavingOut items: [Int]
  ) -> TextMeasure<RankAgreement> {
    agreement(of: encode(text, leavingOut: items), with: vector, leavingOut: items)
  }

  /// The same of a text that is encoded.
  func agreement(
    of text: TextMeasure<[Double]>, with vector: [Float], leavingOut items: [Int]
  ) -> TextMeasure<RankAgreement> {
    switch text {
    case .notEvaluable(let reason): return .notEvaluable(reason: reason)
    case .value(let encoded):
      let others = ordered.filter { !items.contains($0) }
      func scores(_ vector: [Double]) -> [Double] {
        let unit = Self.unit(vector, about: mean)
        return others.map { Double(dot(unit.span, units.elements.span.extracting(units.range(ofRow: $0)))) }
      }
      guard let agreement = RankAgreement(of: scores(vector.map { Double($0) }), and: scores(encoded)) else {
        return .notEvaluable(reason: "the items do not differ in their cosines")
      }
      return .value(agreement)
    }
  }

  private func cosines(to unit: [Float]) -> [Float] {
    (0..<units.rows).map { dot(unit.span, units.elements.span.extracting(units.range(ofRow: $0))) }
  }

  /// `(x - μ) / ‖x - μ‖`; zero where nothing is left.
  func unit(_ vector: [Float]) -> [Float] { Self.unit(vector.map { Double($0) }, about: mean) }

  private static func unit(_ vector: [Double], about mean: [Float]) -> [Float] {
    let shifted = zip(vector, mean).map { $0 - Double($1) }
    let norm = shifted.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return shifted.map { norm > 0 ? Float($0 / norm) : 0 }
  }
}
