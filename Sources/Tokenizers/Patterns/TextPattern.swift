/// What a splitter or a replacement looks for.
public enum TextPattern: Sendable {
  /// This text as it stands.
  case literal([UInt8])
  case expression(Pattern)
  /// The expression of a rule that is written out by hand: the whole text is matches.
  case rule(PreTokenizer)

  /// A regular expression; one that a hand-written scanner equals becomes that.
  ///
  /// - Throws: ``TokenizerError/unsupportedPattern(pattern:what:place:)``.
  public init(expression: String) throws(TokenizerError) {
    if let rule = Self.known[expression] {
      self = .rule(rule)
    } else {
      self = .expression(try Pattern(expression))
    }
  }

  private static let clitics = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#
  private static let tail = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let known: [String: PreTokenizer] = [
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#: .gpt2,
    clitics + #"\p{N}"# + tail: .qwen2,
    clitics + #"\p{N}{1,3}"# + tail: .llamaBPE,
  ]

  /// Where all matches in UTF-8 text are.
  public func ranges(in text: [UInt8]) -> [Range<Int>] {
    var scratch = Pattern.Scratch()
    var ranges: [Range<Int>] = []
    matches(in: text.span, from: 0, to: text.count, &scratch) { ranges.append($0..<$1) }
    return ranges
  }

  /// Calls `body` with each match in `text[start..<end]` from left to right.
  func matches(
    in text: Span<UInt8>, from start: Int, to end: Int, _ scratch: inout Pattern.Scratch,
    _ body: (Int, Int) -> Void
  ) {
    switch self {
    case .expression(let pattern): pattern.matches(in: text, from: start, to: end, &scratch, body)
    case .rule(let rule): PreTokenScanner(rule: rule).scan(text, from: start, to: end, body)
    case .literal(let wanted):
      guard let first = wanted.first else { return }
      var index = start
      while index + wanted.count <= end {
        if text[index] == first, wanted.indices.allSatisfy({ text[index + $0] == wanted[$0] }) {
          body(index, index + wanted.count)
          index += wanted.count
        } else {
          index += 1
        }
      }
    }
  }
}
