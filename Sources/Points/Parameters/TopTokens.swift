internal import Tensors

/// Positions of the k largest numbers, the largest first; of equals the first comes first.
///
/// O(n) for small k: most numbers are compared with the k-th largest so far and passed over.
func largest(_ k: Int, of values: Span<Float>) -> [Int] {
  var best: [(value: Float, index: Int)] = []
  var least = -Float.infinity
  for index in values.indices where values[index] > least || best.count < k {
    let value = values[index]
    let place = best.firstIndex { value > $0.value } ?? best.count
    best.insert((value, index), at: place)
    if best.count > k { best.removeLast() }
    if best.count == k { least = best[k - 1].value }
  }
  return best.map(\.index)
}

/// The share of what two sets of tokens have in common: |A ∩ B| / |A ∪ B| of the k tokens of the largest absolute products.
/// Dar et al. 2023, their Sim_k.
func similarity(_ a: Set<Int>, _ b: Set<Int>) -> Double {
  let shared = a.intersection(b).count
  return Double(shared) / Double(a.count + b.count - shared)
}
