import Tokenizers

/// Tokens of the given forms, bytes and kinds, their ids in order.
func vocabulary(_ entries: [(String, String, TokenKind)]) -> [Token] {
  entries.enumerated().map { id, entry in
    Token(id: id, form: entry.0, bytes: Array(entry.1.utf8), kind: entry.2)
  }
}
