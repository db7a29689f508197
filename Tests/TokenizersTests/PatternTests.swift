import Testing
import Tokenizers

/// The engine of regular expressions.
@Suite struct PatternTests {
  private func matches(_ source: String, _ text: String) throws -> [String] {
    let bytes = Array(text.utf8)
    return TextPattern.expression(try Pattern(source)).ranges(in: bytes)
      .map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  private static let cases: [(pattern: String, text: String, found: [String])] = [
    ("a|ab", "abab", ["a", "a"]), ("(?:a|ab)c", "abc ac", ["abc", "ac"]), ("a*b", "aaab b", ["aaab", "b"]),
    ("a+?", "aaa", ["a", "a", "a"]), ("a++a", "aaa", []), ("(?>a+)a", "aaa", []),
    ("a{2}", "aaaaa", ["aa", "aa"]),
    ("a{2,}", "aaaaa a", ["aaaaa"]), ("a{,2}b", "aaab", ["aab"]), ("a{1,2}+b", "aaaab", ["aaaab"]),
    ("{x", "{x", ["{x"]),
    (#"\s+(?!\S)|\s+"#, "a   b  ", ["  ", " ", "  "]), ("(?=ab)a", "aab", ["a"]), ("(?<!a)b", "abcb", ["b"]),
    ("(?<=a)b", "abcb", ["b"]), ("[^a-c]+", "abcxyz", ["xyz"]), ("[a-z&&[^aeiou]]+", "hello", ["h", "ll"]),
    ("[(\\s|[.,]]+", "a., (b", ["., ("]), ("(?i:'s|'LL)", "'S 'll 'ſ", ["'S", "'ll", "'ſ"]),
    ("(?i)a(?-i:b)", "AB Ab", ["Ab"]),
    (#"\bthe\b"#, "the then the", ["the", "the"]), ("^a|b$", "a\nab", ["a", "a", "b"]),
    (#"\x41\u0042\x{43}"#, "ABC", ["ABC"]),
    (#"\p{Lu}\P{Lu}"#, "aBcD", ["Bc"]), (#"\p{^L}"#, "a1", ["1"]), (".", "a\nb", ["a", "b"]),
    ("(ab)+", "ababx", ["abab"]),
    ("x*", "ax", ["", "x"]), (#"[\]\-a]+"#, "a]-b", ["a]-"]), ("[]a]+", "]a", ["]a"]),
    ("(?:a(?:b|c))*d", "abacd", ["abacd"]),
  ]

  @Test(arguments: cases.indices) func findsWhatItShould(index: Int) throws {
    let (pattern, text, found) = Self.cases[index]
    #expect(try matches(pattern, text) == found, "\(pattern)")
  }

  /// Expressions that take exponential time in a search that forgets where it failed.
  @Test(arguments: ["(a+)+b", "(a|a)*b", "(?:a|aa)+b", "(?:a?){30}a{30}b", "(?:a+?)+b"]) func endsInTime(
    source: String
  ) throws {
    let text = String(repeating: "a", count: 400)
    #expect(try matches(source, text).isEmpty)
    #expect(try matches(source, text + "b").count == 1)
  }

  /// The hand-written scanners are the expressions that they stand for.
  @Test(arguments: [
    (PreTokenizer.gpt2, #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#),
    (
      .llamaBPE,
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    ),
  ]) func scannersEqualTheirExpressions(rule: PreTokenizer, source: String) throws {
    let pattern = try Pattern(source)
    let texts: [String] = try Golden.load("pipelines.strings")
    for text in texts {
      let bytes = Array(text.utf8)
      #expect(
        TextPattern.rule(rule).ranges(in: bytes) == TextPattern.expression(pattern).ranges(in: bytes),
        "\(text.debugDescription)")
    }
  }
}
