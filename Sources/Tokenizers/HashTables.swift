/// A map from byte strings to numbers: open addressing over one flat buffer.
///
/// `Dictionary<String, Int>` would be wrong here as well as slow: Swift compares strings by canonical
/// equivalence, and vocabularies hold entries that differ only by it.
///
/// The hash has a secret of the process, so that no file can be made whose tokens all collide.
struct ByteTable: Sendable {
  private var storage: [UInt8] = []
  private var offsets: [Int] = [0]
  private var values: [Int32] = []
  private var slots: [Int32]
  private let mask: Int
  private let secret = HashSecret.ofProcess

  /// - Parameter capacity: how many entries at most.
  init(capacity: Int) {
    let size = tableSize(for: capacity)
    slots = Array(repeating: -1, count: size)
    mask = size - 1
  }

  /// Stores `value`; a second entry of the same bytes replaces the first.
  mutating func insert(_ bytes: [UInt8], _ value: Int32) {
    let slot = slot(of: bytes.span, from: 0, to: bytes.count)
    if slots[slot] >= 0 {
      values[Int(slots[slot])] = value
      return
    }
    precondition(values.count * 2 < slots.count, "\(values.count) entries fill a table of \(slots.count)")
    slots[slot] = Int32(values.count)
    storage.append(contentsOf: bytes)
    offsets.append(storage.count)
    values.append(value)
  }

  /// The value stored for `text[start..<end]`.
  func value(of text: Span<UInt8>, from start: Int, to end: Int) -> Int32? {
    let entry = slots[slot(of: text, from: start, to: end)]
    return entry < 0 ? nil : values[Int(entry)]
  }

  func value(of bytes: [UInt8]) -> Int32? { value(of: bytes.span, from: 0, to: bytes.count) }

  private func slot(of text: Span<UInt8>, from start: Int, to end: Int) -> Int {
    var hash = secret.seed ^ UInt64(end - start)
    for i in start..<end { hash = secret.folded(hash ^ UInt64(text[i])) }
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] >= 0 && !equals(Int(slots[slot]), text, start, end) { slot = (slot + 1) & mask }
    return slot
  }

  private func equals(_ entry: Int, _ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    let from = offsets[entry]
    guard offsets[entry + 1] - from == end - start else { return false }
    for i in 0..<(end - start) where storage[from + i] != text[start + i] { return false }
    return true
  }
}

/// A map from pairs of 32-bit numbers to a number: open addressing, with the same secret.
struct PairTable: Sendable {
  private var keys: [UInt64]
  private var values: [UInt32]
  private var count = 0
  private let mask: Int
  private let secret = HashSecret.ofProcess

  /// - Parameter capacity: how many entries at most.
  init(capacity: Int) {
    let size = tableSize(for: capacity)
    keys = Array(repeating: .max, count: size)
    values = Array(repeating: 0, count: size)
    mask = size - 1
  }

  /// Stores `value` unless the pair already has one. Neither number may be negative.
  mutating func insert(_ first: Int32, _ second: Int32, _ value: UInt32) {
    let slot = slot(of: key(first, second))
    guard keys[slot] == .max else { return }
    precondition(count * 2 < keys.count, "\(count) pairs fill a table of \(keys.count)")
    count += 1
    keys[slot] = key(first, second)
    values[slot] = value
  }

  func value(of first: Int32, _ second: Int32) -> UInt32? {
    let slot = slot(of: key(first, second))
    return keys[slot] == .max ? nil : values[slot]
  }

  private func key(_ first: Int32, _ second: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: first)) << 32 | UInt64(UInt32(bitPattern: second))
  }

  private func slot(of key: UInt64) -> Int {
    let hash = secret.folded(key ^ secret.seed)
    var slot = Int(truncatingIfNeeded: hash) & mask
    while keys[slot] != .max && keys[slot] != key { slot = (slot + 1) & mask }
    return slot
  }
}

/// Numbers that no file can know. What a table holds does not depend on them, only where.
struct HashSecret: Sendable {
  let seed = UInt64.random(in: .min ... .max)
  let multiplier = UInt64.random(in: .min ... .max) | 1

  static let ofProcess = HashSecret()

  /// The two halves of a product, mixed: every bit depends on every bit of `value` (as in wyhash).
  func folded(_ value: UInt64) -> UInt64 {
    let product = value.multipliedFullWidth(by: multiplier)
    return product.high ^ product.low
  }
}

/// A power of two that leaves at least half of the slots free.
private func tableSize(for capacity: Int) -> Int {
  var size = 8
  while size < 2 * capacity + 2 { size *= 2 }
  return size
}
