public import Points
public import Stores

/// A point of a domain's space: an item, a row of a file, or a sum of such.
public struct DomainPoint: Sendable, Equatable {
  /// As it was written, in its canonical form.
  public let words: String
  /// In the domain's units.
  public let vector: [Float]
  /// The sum of the weights of points: 1 for a point, 0 for a difference, which has no place of its own and is read as if it had.
  public let weight: Double
  /// Items of which it is made, each once.
  public let items: [Int]

  package init(words: String, vector: [Float], weight: Double, items: [Int]) {
    (self.words, self.vector, self.weight, self.items) = (words, vector, weight, items)
  }

  /// Whether it is a difference or another vector without a place.
  public var isDirection: Bool { abs(weight) < 1e-9 }

  /// Reads a point in the language of `sextant read`, as far as a domain has it.
  ///
  /// | | |
  /// | -- | -- |
  /// | `item:king`, `item:"New York"` | the row of an item, by its name |
  /// | `row:FILE#17`, `row:FILE:NAME#17` | a row of a file of any kind |
  /// | `vector:FILE` | a file of one row, taken as a direction |
  /// | `a + 0.5 * b`, `mean(a, b)`, `lerp(a, b, t)`, `slerp(a, b, t)`, `direction(a)` | as everywhere |
  ///
  /// - Throws: ``PointError`` with the column: for names that no item has, tokens and states, rows of another width, NaN, and a point that is zero.
  public init(_ text: String, in domain: Domain) throws(PointError) {
    let expression = try PointParser.parse(text)
    var resolver = DomainPointResolver(domain, text: text)
    let part = try resolver.resolve(expression)
    let vector = part.values.map { Float($0) }
    func fault(_ reason: PointError.Reason) -> PointError {
      PointError(at: PointPlace(text, expression.column), reason)
    }
    guard vector.allSatisfy(\.isFinite) else { throw fault(.notFinite(what: "the point")) }
    guard vector.contains(where: { $0 != 0 }) else {
      throw fault(.undefined("the point is zero: it has no direction and no neighbours by cosine"))
    }
    self.init(
      words: expression.description, vector: vector, weight: part.weight, items: resolver.items)
  }

  /// Points on the way between two, both ends among them.
  ///
  /// `(1 - t) a + t b` for t = 0, 1 / (steps - 1), …, 1.
  /// - Precondition: two steps or more.
  public static func grid(from a: DomainPoint, to b: DomainPoint, steps: Int) -> [DomainPoint] {
    precondition(steps > 1, "a way of \(steps) steps, expected 2 or more")
    let items = a.items + b.items.filter { !a.items.contains($0) }
    return (0..<steps).map { step in
      let share = Double(step) / Double(steps - 1)
      return DomainPoint(
        words: "lerp(\(a.words), \(b.words), \(PointExpression.number(share)))",
        vector: zip(a.vector, b.vector).map { Float((1 - share) * Double($0) + share * Double($1)) },
        weight: (1 - share) * a.weight + share * b.weight,
        items: share == 0 ? a.items : share == 1 ? b.items : items)
    }
  }

  /// The point moved along a direction: `v + λ g`.
  public func moved(along direction: [Float], by lambda: Double, called name: String) -> DomainPoint {
    precondition(
      direction.count == vector.count, "a direction of \(direction.count) for a point of \(vector.count)")
    return DomainPoint(
      words: "\(words) \(lambda < 0 ? "-" : "+") \(PointExpression.number(abs(lambda))) * \(name)",
      vector: zip(vector, direction).map { Float(Double($0) + lambda * Double($1)) }, weight: weight,
      items: items)
  }
}
