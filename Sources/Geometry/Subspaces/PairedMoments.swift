internal import LinearAlgebra
internal import Tensors

/// Sums over matched rows (a, b): all that a linear similarity measure is a function of.
///
/// Leaving tokens out is a subtraction; pairing the rows anew changes only `cross`. In Double, O(n d²) time
/// and O(d²) memory.
struct PairedMoments: Sendable {
  var count: Int
  /// Σ a and Σ b.
  var sumA: [Double]
  var sumB: [Double]
  /// Σ a aᵀ, Σ b bᵀ and Σ a bᵀ.
  var gramA: Matrix<Double>
  var gramB: Matrix<Double>
  var cross: Matrix<Double>

  init(_ a: Matrix<Float>, _ b: Matrix<Float>) {
    count = a.rows
    sumA = columnSums(a)
    sumB = columnSums(b)
    gramA = gram(a)
    gramB = gram(b)
    cross = crossGram(a, b)
  }

  static func - (all: PairedMoments, part: PairedMoments) -> PairedMoments {
    var rest = all
    rest.count -= part.count
    rest.sumA.subtract(part.sumA)
    rest.sumB.subtract(part.sumB)
    rest.gramA.elements.subtract(part.gramA.elements)
    rest.gramB.elements.subtract(part.gramB.elements)
    rest.cross.elements.subtract(part.cross.elements)
    return rest
  }

  /// The same sums about the means.
  var centred: PairedMoments {
    var centred = self
    centred.gramA = Self.centred(gramA, sumA, sumA, count)
    centred.gramB = Self.centred(gramB, sumB, sumB, count)
    centred.cross = Self.centred(cross, sumA, sumB, count)
    return centred
  }

  /// G - s tᵀ / n.
  static func centred(_ gram: Matrix<Double>, _ s: [Double], _ t: [Double], _ n: Int) -> Matrix<Double> {
    var centred = gram
    var elements = centred.elements.mutableSpan
    for i in s.indices {
      let mean = s[i] / Double(n)
      for j in t.indices { elements[i * t.count + j] -= mean * t[j] }
    }
    return centred
  }
}

extension [Double] {
  fileprivate mutating func subtract(_ other: [Double]) {
    precondition(count == other.count, "a difference of \(count) and \(other.count) numbers")
    var span = mutableSpan
    for i in other.indices { span[i] -= other[i] }
  }
}

/// Σ aᵢ b_π(i)ᵀ by blocks of rows, so that no permuted copy of the whole matrix is made.
func crossGram(_ a: Matrix<Float>, _ b: Matrix<Float>, pairedBy order: [Int]) -> Matrix<Double> {
  var total = Matrix<Double>(rows: a.columns, columns: b.columns, repeating: 0)
  for start in stride(from: 0, to: a.rows, by: 4096) {
    let rows = start..<min(a.rows, start + 4096)
    let part = LinearAlgebra.crossGram(a.selecting(rows: Array(rows)), b.selecting(rows: Array(order[rows])))
    var elements = total.elements.mutableSpan
    for i in elements.indices { elements[i] += part.elements[i] }
  }
  return total
}
