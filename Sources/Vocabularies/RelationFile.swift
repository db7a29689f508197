/// Pairs of related words from a user's file.
///
/// One pair a line, `word<TAB>word`, in UTF-8, with a newline after the last. A relation holds both ways; case
/// does not matter; a pair may stand there again. Empty fields, other numbers of fields, and white space at
/// the ends of a word are errors: they would silently match nothing.
public struct RelationFile: Sendable, Equatable {
  public let path: String
  /// Lower-case words, in the order of the lines.
  public let pairs: [WordPair]

  /// Two words that the file calls related, in either order.
  public struct WordPair: Sendable, Hashable {
    public let first: String
    public let second: String
  }

  /// - Throws: `VocabularyError.file` for a file that cannot be read or has no pairs, `.malformedLine`.
  public init(path: String) throws(VocabularyError) {
    let file = try WordFile(path: path)
    var pairs: [WordPair] = []
    try file.forEachLine { line throws(VocabularyError) in
      let first = try Self.word(&line)
      let second = try Self.word(&line)
      guard line.isAtEnd, file.bytes[line.end - 1] != 0x09 else {
        throw line.malformed("two words", "more fields")
      }
      pairs.append(WordPair(first: first, second: second))
    }
    guard !pairs.isEmpty else { throw .file(path: path, reason: "it has no pairs of words") }
    self.path = path
    self.pairs = pairs
  }

  private static func word(_ line: inout LineCursor) throws(VocabularyError) -> String {
    let word = try line.text("word<TAB>word", separator: 0x09)
    guard let first = word.first, let last = word.last, !first.isWhitespace, !last.isWhitespace else {
      throw line.malformed("a word without white space around it", "\"\(word)\"")
    }
    return word.lowercased()
  }
}
