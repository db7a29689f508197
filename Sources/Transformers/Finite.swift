import Checkpoints
import Tensors

// Numbers that are not finite are found where they first could reach a result, and traced to the weight they come from.
extension Model {
  /// - Parameter plan: the edits of the pass, which can overflow, too.
  /// - Throws: ``TransformerError/weight(tensor:place:value:)`` for the first bad weight of the file; if there is none,
  ///   ``TransformerError/notFinite(what:reason:)``. Cost on success: one look at every number of `x`.
  func checkFinite(_ x: Matrix<Float>, _ plan: EditPlan) throws(TransformerError) {
    try checkFinite(
      x.elements, "the residual stream",
      plan.isEmpty ? "sums overflow" : "the edits are too strong; take a smaller dose")
  }

  package func checkFinite(
    _ x: [Float], _ what: String, _ reason: String = "sums overflow"
  ) throws(TransformerError) {
    guard !isFinite(x.span) else { return }
    throw WeightReader.notFinite(in: checkpoint) ?? .notFinite(what: what, reason: reason)
  }
}

/// Whether no number is infinite or NaN: all exponents below the largest.
private func isFinite(_ x: Span<Float>) -> Bool {
  var largest: UInt32 = 0
  for i in x.indices { largest = max(largest, x[i].bitPattern & 0x7fff_ffff) }
  return largest < 0x7f80_0000
}
