public import Tensors

/// `‖a − b‖ / ‖b‖`.
public func relativeDistance<A: Sequence, B: Sequence>(_ a: A, _ b: B) -> Double
where A.Element: BinaryFloatingPoint, B.Element: BinaryFloatingPoint {
  var (difference, size) = (0.0, 0.0)
  for (x, y) in zip(a, b) {
    let (x, y) = (Double(x), Double(y))
    difference += (x - y) * (x - y)
    size += y * y
  }
  return (difference / size).squareRoot()
}

public func relativeDistance(_ a: Matrix<Float>, _ b: Matrix<Float>) -> Double {
  precondition(
    a.rows == b.rows && a.columns == b.columns, "\(a.rows) x \(a.columns), \(b.rows) x \(b.columns)")
  return relativeDistance(a.elements, b.elements)
}
