/// The ids of pieces of one text that came before: words come again.
struct PieceCache {
  private var slots: [Int32]
  private let mask: Int
  private let secret = HashSecret.ofProcess
  private var keys: [UInt8] = []
  private var keyEnds: [Int] = [0]
  private var tokens: [(id: Int32, start: Int32, end: Int32)] = []
  private var tokenEnds: [Int] = [0]

  /// Longer pieces are not kept.
  private static let longest = 64

  /// - Parameter pieces: how many pieces come.
  init(pieces: Int) {
    var size = 256
    while size < 2 * pieces, size < 1 << 16 { size *= 2 }
    slots = Array(repeating: -1, count: size)
    mask = size - 1
  }

  /// Appends the ids of `text[start..<end]`, which `encode` finds where the piece is new.
  mutating func append(
    _ text: Span<UInt8>, from start: Int, to end: Int, into pieces: inout Pieces,
    _ encode: (_ pieces: inout Pieces) -> Void
  ) {
    guard end - start <= Self.longest else {
      encode(&pieces)
      return
    }
    var hash = secret.seed ^ UInt64(end - start)
    for index in start..<end { hash = secret.folded(hash ^ UInt64(text[index])) }
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] >= 0 {
      let entry = Int(slots[slot])
      if equals(entry, text, start, end) {
        for place in tokenEnds[entry]..<tokenEnds[entry + 1] {
          let token = tokens[place]
          pieces.append(Int(token.id), from: start + Int(token.start), to: start + Int(token.end))
        }
        return
      }
      slot = (slot + 1) & mask
    }
    pieces.startRecording()
    encode(&pieces)
    let recorded = pieces.endRecording()
    guard keyEnds.count * 2 < slots.count else { return }
    slots[slot] = Int32(keyEnds.count - 1)
    for index in start..<end { keys.append(text[index]) }
    keyEnds.append(keys.count)
    for token in recorded {
      tokens.append((Int32(token.id), Int32(token.start - start), Int32(token.end - start)))
    }
    tokenEnds.append(tokens.count)
  }

  private func equals(_ entry: Int, _ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    let from = keyEnds[entry]
    guard keyEnds[entry + 1] - from == end - start else { return false }
    for index in 0..<(end - start) where keys[from + index] != text[start + index] { return false }
    return true
  }
}
