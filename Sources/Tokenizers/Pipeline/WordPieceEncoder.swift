/// BERT's greedy matching: the longest entry from the left, then the longest that goes on, and so on; a piece that does not
/// come out is unknown as a whole.
///
/// Devlin et al., "BERT" (2019); Wu et al., "Google's Neural Machine Translation System" (2016).
struct WordPieceEncoder: Sendable {
  private let unknown: Int
  private let longest: Int
  private let beginnings: ByteTrie
  private let continuations: ByteTrie

  init(entries: [(bytes: [UInt8], id: Int32)], unknown: Int, continuation: [UInt8], longest: Int) {
    (self.unknown, self.longest) = (unknown, longest)
    beginnings = ByteTrie(entries.map { ($0.bytes, $0.id) })
    continuations = ByteTrie(
      entries.filter { $0.bytes.starts(with: continuation) }
        .map { (Array($0.bytes.dropFirst(continuation.count)), $0.id) })
  }

  func encode(_ text: Span<UInt8>, from start: Int, to end: Int, into pieces: inout Pieces) {
    guard count(text, start, end) <= longest else {
      pieces.append(unknown, from: start, to: end)
      return
    }
    var found: [(id: Int32, start: Int, end: Int)] = []
    var index = start
    while index < end {
      guard let match = (index == start ? beginnings : continuations).longest(text, from: index, to: end)
      else {
        pieces.append(unknown, from: start, to: end)
        return
      }
      found.append((match.value, index, match.end))
      index = match.end
    }
    for token in found { pieces.append(Int(token.id), from: token.start, to: token.end) }
  }

  /// Scalars in a range.
  private func count(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    guard end - start > longest else { return 0 }
    var count = 0
    for index in start..<end where text[index] & 0xc0 != 0x80 { count += 1 }
    return count
  }
}
