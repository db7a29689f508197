/// The places of the largest k numbers, largest first; of equal ones the earlier. One pass, O(n) but for what it keeps.
package func largest(_ k: Int, of numbers: Span<Float>) -> [Int] {
  guard k > 0 else { return [] }
  var places: [Int] = []
  var least = -Float.infinity
  for i in numbers.indices where numbers[i] > least || places.count < k {
    let place = places.firstIndex { numbers[$0] < numbers[i] } ?? places.count
    places.insert(i, at: place)
    if places.count > k { places.removeLast() }
    if places.count == k { least = numbers[places[k - 1]] }
  }
  return places
}
