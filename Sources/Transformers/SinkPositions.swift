/// The rows of all positions but the first of each sequence, where sequences lie one behind the other: many models use the first as an
/// attention sink.
package func rowsBehindFirst(lengths: [Int]) -> [Int] {
  var start = 0
  return lengths.flatMap { length in
    defer { start += length }
    return Array(start..<start + length).dropFirst()
  }
}
