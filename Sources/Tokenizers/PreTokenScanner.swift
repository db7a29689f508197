/// Cuts UTF-8 text into the pieces of a pre-tokenizer's regular expression.
///
/// Each function takes a position and gives the end of the piece that starts there; the order of the steps
/// is the order of the alternatives in the expression. Cost: linear in the text.
package struct PreTokenScanner {
  let rule: PreTokenizer

  package init(rule: PreTokenizer) { self.rule = rule }

  /// Calls `body` with the start and end of each piece of `text[start..<end]`, in order and without gaps.
  package func scan(_ text: Span<UInt8>, from start: Int, to end: Int, _ body: (Int, Int) -> Void) {
    var index = start
    while index < end {
      let next: Int
      switch rule {
      case .gpt2:
        next = gpt2Piece(text, index, end)
      case .qwen2:
        next = modernPiece(text, index, end, digits: 1)
      case .llamaBPE:
        next = modernPiece(text, index, end, digits: 3)
      case .smollm:
        next = run(of: .number, in: text, index, end, atMost: 1) ?? index
        if next == index {
          let limit = firstNumber(in: text, index, end)
          forEachPiece(text, index, limit, body)
          index = limit
          continue
        }
      case .default:
        next = punctuationBlock(text, index, end)
        forEachDefaultPiece(text, index, next, body)
        index = next
        continue
      }
      body(index, next)
      index = next
    }
  }

  private func forEachPiece(_ text: Span<UInt8>, _ start: Int, _ end: Int, _ body: (Int, Int) -> Void) {
    var index = start
    while index < end {
      let next = gpt2Piece(text, index, end)
      body(index, next)
      index = next
    }
  }

  // MARK: - GPT-2

  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
  private func gpt2Piece(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    if let contraction = contraction(text, start, end, ignoringCase: false) { return contraction }
    let content = start + (text[start] == 0x20 ? 1 : 0)
    if content < end {
      if let letters = run(of: .letter, in: text, content, end) { return letters }
      if let numbers = run(of: .number, in: text, content, end) { return numbers }
      if let others = runOfOthers(in: text, content, end) { return others }
    }
    return spaces(text, start, end, endingInNewline: false)
  }

  // MARK: - Llama 3 and Qwen 2

  /// The rule of both; numbers come in groups of at most `digits`.
  private func modernPiece(_ text: Span<UInt8>, _ start: Int, _ end: Int, digits: Int) -> Int {
    if let contraction = contraction(text, start, end, ignoringCase: true) { return contraction }
    let first = ClassifiedScalar(text, at: start, limit: end)
    if first.kind.contains(.letter) { return run(of: .letter, in: text, start, end) ?? end }
    if first.kind.contains(.number) {
      return run(of: .number, in: text, start, end, atMost: digits) ?? end
    }
    let second = start + first.length
    if !first.kind.contains(.newline), second < end,
      let letters = run(of: .letter, in: text, second, end)
    {
      return letters
    }
    let content = start + (text[start] == 0x20 ? 1 : 0)
    if content < end, var others = runOfOthers(in: text, content, end) {
      while others < end, text[others] == 0x0a || text[others] == 0x0d { others += 1 }
      return others
    }
    return spaces(text, start, end, endingInNewline: true)
  }

  // MARK: - llama.cpp's default

  /// End of the run of punctuation, or of anything else, at `start`.
  private func punctuationBlock(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    var index = start
    let inside = ClassifiedScalar(text, at: start, limit: end).kind.contains(.punctuation)
    while index < end {
      let scalar = ClassifiedScalar(text, at: index, limit: end)
      guard scalar.kind.contains(.punctuation) == inside else { break }
      index += scalar.length
    }
    return index
  }

  /// GPT-2's pieces, numbers taken out of them, and runs of ASCII digits in threes.
  private func forEachDefaultPiece(
    _ text: Span<UInt8>, _ start: Int, _ end: Int, _ body: (Int, Int) -> Void
  ) {
    forEachPiece(text, start, end) { from, to in
      let number = firstNumber(in: text, from, to)
      if from < number { body(from, number) }
      var pending = number
      var index = number
      while index < to {
        if index + 3 <= to, (0..<3).allSatisfy({ (0x30...0x39).contains(text[index + $0]) }) {
          if pending < index { body(pending, index) }
          body(index, index + 3)
          index += 3
          pending = index
        } else {
          index += decodeScalar(text, at: index, limit: to).length
        }
      }
      if pending < to { body(pending, to) }
    }
  }

  // MARK: - Parts of the expressions

  /// `'s|'t|'re|'ve|'m|'ll|'d`; without regard to case, U+017F counts as an s.
  private func contraction(
    _ text: Span<UInt8>, _ start: Int, _ end: Int, ignoringCase: Bool
  ) -> Int? {
    guard text[start] == 0x27, start + 1 < end else { return nil }
    let fold: UInt8 = ignoringCase ? 0x20 : 0
    let first = text[start + 1] | fold
    switch first {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
      return start + 2
    default: break
    }
    guard start + 2 < end else { return nil }
    if ignoringCase, text[start + 1] == 0xc5, text[start + 2] == 0xbf { return start + 3 }
    switch (first, text[start + 2] | fold) {
    case (UInt8(ascii: "r"), UInt8(ascii: "e")), (UInt8(ascii: "v"), UInt8(ascii: "e")),
      (UInt8(ascii: "l"), UInt8(ascii: "l")):
      return start + 3
    default: return nil
    }
  }

  /// End of the run of a class at `start`, nil if there is none.
  private func run(
    of kind: ScalarClass, in text: Span<UInt8>, _ start: Int, _ end: Int, atMost count: Int = .max
  ) -> Int? {
    var index = start
    var found = 0
    while index < end && found < count {
      let scalar = ClassifiedScalar(text, at: index, limit: end)
      guard scalar.kind.contains(kind) else { break }
      index += scalar.length
      found += 1
    }
    return found > 0 ? index : nil
  }

  /// End of `[^\s\p{L}\p{N}]+` at `start`, nil if there is none.
  private func runOfOthers(in text: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    var index = start
    while index < end {
      let scalar = ClassifiedScalar(text, at: index, limit: end)
      guard scalar.kind.isDisjoint(with: [.letter, .number, .space]) else { break }
      index += scalar.length
    }
    return index > start ? index : nil
  }

  /// `\s*[\r\n]+` if asked for, then `\s+(?!\S)|\s+`: white space leaves its last scalar to a word after it.
  private func spaces(_ text: Span<UInt8>, _ start: Int, _ end: Int, endingInNewline: Bool) -> Int {
    var index = start
    var last = start
    var afterNewline: Int?
    while index < end {
      let scalar = ClassifiedScalar(text, at: index, limit: end)
      guard scalar.kind.contains(.space) else { break }
      last = index
      index += scalar.length
      if scalar.kind.contains(.newline) { afterNewline = index }
    }
    if endingInNewline, let afterNewline { return afterNewline }
    return index == end || last == start ? index : last
  }

  /// Where the first number in the range starts, its end if there is none.
  private func firstNumber(in text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    var index = start
    while index < end {
      let scalar = ClassifiedScalar(text, at: index, limit: end)
      if scalar.kind.contains(.number) { break }
      index += scalar.length
    }
    return index
  }
}
