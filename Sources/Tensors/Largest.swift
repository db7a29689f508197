/// The places of the largest k numbers, largest first; of equal ones the earlier. One pass, O(n) but for what it keeps.
package func largest(_ k: Int, of numbers: Span<Float>) -> [Int] {
  guard k > 0 else { return [] }
  var places: [Int] = []
  var least = -Float.infinity
  func look(at range: Range<Int>) {
    for i in range where numbers[i] > least || places.count < k {
      let place = places.firstIndex { numbers[$0] < numbers[i] } ?? places.count
      places.insert(i, at: place)
      if places.count > k { places.removeLast() }
      if places.count == k { least = numbers[places[k - 1]] }
    }
  }
  // Most parts hold nothing that is large enough, which one comparison of all their numbers tells.
  let part = SIMD16<Float>.scalarCount
  let whole = numbers.count / part * part
  unsafe numbers.withUnsafeBytes { bytes in
    for start in stride(from: 0, to: whole, by: part) {
      let values = unsafe bytes.loadUnaligned(
        fromByteOffset: start * MemoryLayout<Float>.stride, as: SIMD16<Float>.self)
      if places.count < k || any(values .> least) { look(at: start..<start + part) }
    }
  }
  look(at: whole..<numbers.count)
  return places
}
