/// Finds added tokens in text: the longest at the leftmost place, matches never overlapping.
///
/// A match that does not count (a special token that is not asked for, a whole word beside a letter) still uses its text up, as in
/// the `tokenizers` library.
struct AddedTokens: Sendable {
  private let tokens: [AddedToken]
  private let trie: ByteTrie
  private var starts = [Bool](repeating: false, count: 256)

  /// A stretch of text: ordinary, or one token.
  typealias Part = SpecialTokens.Part

  /// - Parameter form: the bytes that a token is looked for by.
  init(_ tokens: [AddedToken], form: (AddedToken) -> [UInt8]) {
    self.tokens = tokens
    var entries: [(bytes: [UInt8], value: Int32)] = []
    for (index, token) in tokens.enumerated() {
      let bytes = form(token)
      if let first = bytes.first { starts[Int(first)] = true }
      entries.append((bytes, Int32(index)))
    }
    trie = ByteTrie(entries)
  }

  var isEmpty: Bool { tokens.isEmpty }

  /// Calls `body` with the parts of the text in order; no part of text is empty.
  func split(_ text: Span<UInt8>, includingSpecial: Bool, _ body: (Part) -> Void) {
    var pending = 0
    var index = 0
    while index < text.count {
      guard starts[Int(text[index])], let match = trie.longest(text, from: index, to: text.count) else {
        index += 1
        continue
      }
      let token = tokens[Int(match.value)]
      let place = index
      index = match.end
      guard includingSpecial || !token.isSpecial,
        !token.isWholeWord || !touchesWord(text, place, match.end)
      else { continue }
      let start = token.stripsLeft ? max(pending, spacesBefore(place, in: text)) : place
      let end = token.stripsRight ? spacesBehind(match.end, in: text) : match.end
      if pending < start { body(.text(start: pending, end: start)) }
      body(.token(id: Int32(token.id), start: start, end: end))
      pending = end
    }
    if pending < text.count { body(.text(start: pending, end: text.count)) }
  }

  /// `\w`, with the two joiners.
  private static let word = ScalarRule.union([.word, .range(0x200c, 0x200d)])

  private func touchesWord(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    if start > 0, let before = scalarBefore(start, in: text), Self.word.contains(before.value) { return true }
    return end < text.count && Self.word.contains(decodeScalar(text, at: end, limit: text.count).value)
  }

  private func scalarBefore(_ index: Int, in text: Span<UInt8>) -> (value: UInt32, start: Int)? {
    guard index > 0 else { return nil }
    var start = index - 1
    while start > 0, index - start < 4, text[start] & 0xc0 == 0x80 { start -= 1 }
    let scalar = decodeScalar(text, at: start, limit: index)
    return start + scalar.length == index ? (scalar.value, start) : (invalidScalar, index - 1)
  }

  private func spacesBefore(_ index: Int, in text: Span<UInt8>) -> Int {
    var index = index
    while let before = scalarBefore(index, in: text), ScalarClass.of(before.value).contains(.space) {
      index = before.start
    }
    return index
  }

  private func spacesBehind(_ index: Int, in text: Span<UInt8>) -> Int {
    var index = index
    while index < text.count {
      let scalar = ClassifiedScalar(text, at: index, limit: text.count)
      guard scalar.kind.contains(.space) else { break }
      index += scalar.length
    }
    return index
  }
}
