internal import RealModule

/// The way between two points by their directions, sin((1-t)θ) â / sin θ + sin(tθ) b̂ / sin θ, as long as (1-t)‖a‖ + t‖b‖
/// (Shoemake 1985).
package struct GreatCircle: Sendable {
  private let lengthA: Double
  private let lengthB: Double
  private let angle: Double

  package init(_ a: [Double], _ b: [Double]) {
    func product(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    (lengthA, lengthB) = (product(a, a).squareRoot(), product(b, b).squareRoot())
    angle = .acos(min(max(product(a, b) / (lengthA * lengthB), -1), 1))
  }

  /// Whether neither point is zero.
  package var hasDirections: Bool { lengthA > 0 && lengthB > 0 }

  /// Whether one way is the shortest: between opposite points none is.
  package var isUnique: Bool { angle < .pi - 1e-6 }

  /// Why two parts of an expression have no way between them, in words; nil where they have one.
  ///
  /// - Parameter weights: of both, 1 for a point and 0 for a direction.
  package func fault(ofWeights weights: (a: Double, b: Double)) -> String? {
    guard abs(weights.a - weights.b) < 1e-9 else {
      return "slerp needs two points or two directions, not one of each"
    }
    guard hasDirections, isUnique else {
      return "slerp is not defined between opposite points, or with a point that is zero"
    }
    return nil
  }

  /// What a and b are multiplied with at t.
  package func weights(at t: Double) -> (a: Double, b: Double) {
    let length = (1 - t) * lengthA + t * lengthB
    // Between directions that are one the straight way is the spherical one.
    guard angle > 1e-6 else { return ((1 - t) * length / lengthA, t * length / lengthB) }
    return (
      .sin((1 - t) * angle) / .sin(angle) * length / lengthA, .sin(t * angle) / .sin(angle) * length / lengthB
    )
  }
}
