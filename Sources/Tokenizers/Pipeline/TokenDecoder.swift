/// A step from tokens to text. Each takes all tokens' texts and gives others; what is left is put together.
public enum TokenDecoder: Sendable {
  /// GPT-2's characters as bytes.
  case byteLevel
  /// A space before every token but the first and those that go on with a word; `tidies` takes spaces before
  /// punctuation out.
  case wordPiece(continuation: [UInt8], tidies: Bool)
  /// Marks as spaces; those of the first token go if `dropsFirst`.
  case metaspace(mark: [UInt8], dropsFirst: Bool)
  /// The end of a word as a space, but for the last token's.
  case wordEnd([UInt8])
  /// `<0x0A>` as the byte.
  case byteFallback
  /// All tokens as one.
  case fuse
  /// At most so many of a character at either end of each token.
  case strip([UInt8], start: Int, end: Int)
  case replace(TextPattern, with: [UInt8])

  func apply(_ tokens: [[UInt8]]) -> [[UInt8]] {
    switch self {
    case .byteLevel:
      return tokens.map { ByteLevelAlphabet.decode(String(decoding: $0, as: UTF8.self)) ?? $0 }
    case .wordPiece(let continuation, let tidies):
      return tokens.enumerated().map { place, token in
        var text = token
        if place > 0 {
          text =
            !continuation.isEmpty && token.starts(with: continuation)
            ? Array(token.dropFirst(continuation.count)) : [0x20] + token
        }
        return tidies ? Self.tidied(text) : text
      }
    case .metaspace(let mark, let dropsFirst):
      return tokens.enumerated().map { place, token in
        TextNormalizer.replace(.literal(mark), with: place == 0 && dropsFirst ? [] : [0x20]).apply(token)
      }
    case .wordEnd(let suffix):
      return tokens.enumerated().map { place, token in
        TextNormalizer.replace(.literal(suffix), with: place == tokens.count - 1 ? [] : [0x20]).apply(token)
      }
    case .byteFallback:
      return tokens.map { token in
        token.count == 6 && token[0] == 0x3c
          ? byteValue(of: String(decoding: token, as: UTF8.self)).map { [$0] } ?? token : token
      }
    case .fuse: return [Array(tokens.joined())]
    case .strip(let content, let start, let end): return tokens.map { Self.stripped($0, content, start, end) }
    case .replace(let pattern, let content):
      return tokens.map { TextNormalizer.replace(pattern, with: content).apply($0) }
    }
  }

  private static func stripped(_ token: [UInt8], _ content: [UInt8], _ start: Int, _ end: Int) -> [UInt8] {
    guard !content.isEmpty else { return token }
    var rest = token[...]
    for _ in 0..<start where rest.starts(with: content) { rest = rest.dropFirst(content.count) }
    for _ in 0..<end where rest.suffix(content.count).elementsEqual(content) {
      rest = rest.dropLast(content.count)
    }
    return Array(rest)
  }

  /// The library's `clean_up`, in its order.
  private static func tidied(_ text: [UInt8]) -> [UInt8] {
    guard text.contains(0x20) else { return text }
    var result = text
    for (spaced, tidy) in tidyings {
      result = TextNormalizer.replace(.literal(spaced), with: tidy).apply(result)
    }
    return result
  }

  private static let tidyings: [([UInt8], [UInt8])] = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }
}
