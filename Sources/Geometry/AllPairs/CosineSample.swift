public import Tensors

/// Cosines of random pairs of tokens in two models: what ``RelativeOrientation`` correlates, for a picture of it.
///
/// The cosines of the given rows, which are centred by the caller where that is wanted. O(pairs · d).
public struct CosineSample: Sendable, Equatable, Codable {
  /// One a pair, to four decimals.
  public let a: [Float]
  public let b: [Float]

  /// - Parameters:
  ///   - a, b: matched rows: row i of both matrices is the same token; widths may differ.
  ///   - pairs: how many are drawn; all pairs, each once, where there are no more. A pair with a zero row is left out.
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: equal numbers of rows.
  public init(
    _ a: Matrix<Float>, _ b: Matrix<Float>, pairs: Int = 20_000, seed: UInt64
  ) throws(GeometryError) {
    precondition(a.rows == b.rows, "matched rows differ in number: \(a.rows) and \(b.rows)")
    try requireFinite(a, "rows of the first model")
    try requireFinite(b, "rows of the second model")
    var random = SeededRandom(seed: seed ^ 0x434F_5349_4E45_5331)
    let drawn: [(i: Int, j: Int)]
    if a.rows * (a.rows - 1) / 2 <= pairs {
      drawn = (0..<a.rows).flatMap { i in (i + 1..<max(a.rows, i + 1)).map { (i, $0) } }
    } else {
      drawn = (0..<pairs).map { _ in random.nextPair(of: a.rows) }
    }
    let cosines = drawn.compactMap { i, j -> (Float, Float)? in
      guard let x = Self.cosine(a.row(i), a.row(j)), let y = Self.cosine(b.row(i), b.row(j)) else {
        return nil
      }
      return (x, y)
    }
    (self.a, self.b) = (cosines.map(\.0), cosines.map(\.1))
  }

  private static func cosine(_ x: [Float], _ y: [Float]) -> Float? {
    var (xy, xx, yy) = (0.0, 0.0, 0.0)
    for (p, q) in zip(x, y) {
      let (p, q) = (Double(p), Double(q))
      xy += p * q
      xx += p * p
      yy += q * q
    }
    guard xx > 0, yy > 0 else { return nil }
    let cosine = min(max(xy / (xx.squareRoot() * yy.squareRoot()), -1), 1)
    return Float((1e4 * cosine).rounded() / 1e4)
  }
}
