/// Byte strings with numbers, looked up prefix by prefix.
struct ByteTrie: Sendable {
  private var edges: PairTable
  private var values: [Int32] = [-1]
  /// The children of the root, which most look-ups begin and end with.
  private var first = [Int32](repeating: -1, count: 256)

  /// - Parameter bytes: how many bytes all entries have together, at most.
  init(bytes: Int) { edges = PairTable(capacity: bytes) }

  init(_ entries: [(bytes: [UInt8], value: Int32)]) {
    self.init(bytes: entries.reduce(0) { $0 + $1.bytes.count })
    for entry in entries { insert(entry.bytes, entry.value) }
  }

  /// Stores `value`; a second entry of the same bytes replaces the first, an empty one is left out.
  mutating func insert(_ bytes: [UInt8], _ value: Int32) {
    guard !bytes.isEmpty else { return }
    var node: Int32 = 0
    for byte in bytes {
      if let known = child(of: node, byte) {
        node = known
      } else {
        let new = Int32(values.count)
        if node == 0 { first[Int(byte)] = new } else { edges.insert(node, Int32(byte), UInt32(new)) }
        node = new
        values.append(-1)
      }
    }
    values[Int(node)] = value
  }

  /// The node behind `byte`; the root is node 0.
  func child(of node: Int32, _ byte: UInt8) -> Int32? {
    if node == 0 {
      let child = first[Int(byte)]
      return child < 0 ? nil : child
    }
    return edges.value(of: node, Int32(byte)).map { Int32($0) }
  }

  /// What is stored at a node, or -1.
  func value(at node: Int32) -> Int32 { values[Int(node)] }

  /// The longest entry that `text[start..<end]` begins with.
  func longest(_ text: Span<UInt8>, from start: Int, to end: Int) -> (value: Int32, end: Int)? {
    var best: (value: Int32, end: Int)?
    var node: Int32 = 0
    var index = start
    while index < end, let next = child(of: node, text[index]) {
      node = next
      index += 1
      if values[Int(node)] >= 0 { best = (values[Int(node)], index) }
    }
    return best
  }
}
