/// The share of what two sets of tokens have in common: |A ∩ B| / |A ∪ B| of the k tokens of the largest absolute products.
/// Dar et al. 2023, their Sim_k.
func similarity(_ a: Set<Int>, _ b: Set<Int>) -> Double {
  let shared = a.intersection(b).count
  return Double(shared) / Double(a.count + b.count - shared)
}
