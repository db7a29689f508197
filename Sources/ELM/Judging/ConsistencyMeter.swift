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
  /// 1 + the items that are nearer to the text than v is: by ‖E_D(o) - x‖ in place of the cosine, so that lengths count.
  public let distanceRank: Int
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
  /// ‖x - μ‖ of every item.
  private let lengths: [Double]
  /// Items that are ordered by ``agreement(of:with:leavingOut:)``.
  private let ordered: [Int]

  /// - Parameters:
  ///   - encoder: of the domain; nil where it has none.
  ///   - mean: of the training items' vectors, as the adapter has it.
  ///   - orderedItems: so many of the domain's items, drawn by the seed, are put in order for ``RankAgreement``.
  public init(
    _ domain: Domain, encoder: DomainEncoder?, mean: [Float], orderedItems: Int = 500, seed: UInt64 = 1
  ) {
    precondition(mean.count == domain.width, "a mean of \(mean.count) for vectors of \(domain.width)")
    (self.domain, self.encoder, self.mean) = (domain, encoder, mean)
    var units = domain.vectors
    lengths = (0..<units.rows).map { row in
      let (unit, length) = Self.direction(domain.vectors.row(row).map { Double($0) }, about: mean)
      for (index, value) in zip(units.range(ofRow: row), unit) { units.elements[index] = value }
      return length
    }
    self.units = units
    var random = SeededRandom(seed: seed ^ 0x0ADE_12ED)
    ordered = random.sample(min(orderedItems, domain.count), of: domain.count)
  }

  /// E_D of texts.
  ///
  /// - Parameter items: those that each text speaks of, whose names don't count.
  /// - Throws: as ``DomainEncoder/vectors(of:leavingOut:)``.
  public func encode(_ texts: [String], leavingOut items: [[Int]]) throws -> [TextMeasure<[Double]>] {
    guard let encoder else {
      return texts.map { _ in .notEvaluable(reason: DomainEncoder.reason(against: domain)) }
    }
    return try encoder.vectors(of: texts, leavingOut: items.map { $0.map { domain.names[$0] } }).map {
      $0.map(TextMeasure.value)
        ?? .notEvaluable(reason: "no word of the text, the items' names left out, is known in the domain")
    }
  }

  /// SC of a text and a vector; O(items · d).
  public func consistency(
    of text: String, with vector: [Float], leavingOut items: [Int]
  ) throws -> TextMeasure<SemanticConsistency> {
    try consistency(of: encode([text], leavingOut: [items])[0], with: vector)
  }

  /// The same of a text that is encoded.
  func consistency(
    of text: TextMeasure<[Double]>, with vector: [Float]
  ) -> TextMeasure<SemanticConsistency> {
    switch text {
    case .notEvaluable(let reason): return .notEvaluable(reason: reason)
    case .value(let encoded):
      let (own, ownLength) = Self.direction(vector.map { Double($0) }, about: mean)
      let (text, textLength) = Self.direction(encoded, about: mean)
      guard ownLength > 0, textLength > 0 else {
        return .notEvaluable(reason: "the vector or the text's is the mean of the items: it has no direction")
      }
      let cosine = Double(dot(own.span, text.span))
      let zero = [Float](repeating: 0, count: mean.count)
      let (plainOwn, plainText) = (
        Self.direction(vector.map { Double($0) }, about: zero).unit, Self.direction(encoded, about: zero).unit
      )
      // An item that is the vector itself differs from it by rounding.
      let cosines = cosines(to: text)
      let better = cosines.count { Double($0) > cosine + 1e-6 }
      /// ‖x - t‖² - ‖t‖², both about the mean.
      func distance(_ cosine: Double, _ length: Double) -> Double {
        length * (length - 2 * textLength * cosine)
      }
      let reach = distance(cosine, ownLength) - 1e-6 * ownLength * (ownLength + textLength)
      let nearer = cosines.indices.count { distance(Double(cosines[$0]), lengths[$0]) < reach }
      return .value(
        SemanticConsistency(
          cosine: cosine, plainCosine: Double(dot(plainOwn.span, plainText.span)), rank: 1 + better,
          distanceRank: 1 + nearer, among: domain.count))
    }
  }

  /// Whether a text, encoded, and a vector put the domain's items in the same order; those that are spoken of left out.
  package func agreement(
    of text: TextMeasure<[Double]>, with vector: [Float], leavingOut items: [Int]
  ) -> TextMeasure<RankAgreement> {
    switch text {
    case .notEvaluable(let reason): return .notEvaluable(reason: reason)
    case .value(let encoded):
      let others = ordered.filter { !items.contains($0) }
      func scores(_ vector: [Double]) -> [Double] {
        let unit = Self.direction(vector, about: mean).unit
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
  func unit(_ vector: [Float]) -> [Float] {
    Self.direction(vector.map { Double($0) }, about: mean).unit
  }

  private static func direction(
    _ vector: [Double], about mean: [Float]
  ) -> (unit: [Float], length: Double) {
    let shifted = zip(vector, mean).map { $0 - Double($1) }
    let length = shifted.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return (shifted.map { length > 0 ? Float($0 / length) : 0 }, length)
  }
}
