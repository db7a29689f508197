/// What a vocabulary entry is for.
public enum TokenKind: UInt8, Sendable, Codable, CaseIterable {
  /// Ordinary text.
  case normal = 0
  /// Special: begin of sequence, role markers; never produced by plain text.
  case control = 1
  /// One raw byte (SentencePiece's `<0xNN>` fallback).
  case byte = 2
  /// Reserved, never trained.
  case unused = 3
}

/// One row of a vocabulary.
public struct Token: Sendable, Hashable {
  public let id: Int
  /// The entry as the tokenizer file spells it (`Ġthe`, `▁the`, `<0x0A>`).
  public let form: String
  /// The bytes of text that the token stands for (` the`); empty for control tokens.
  public let bytes: [UInt8]
  public let kind: TokenKind

  public init(id: Int, form: String, bytes: [UInt8], kind: TokenKind) {
    self.id = id
    self.form = form
    self.bytes = bytes
    self.kind = kind
  }
}
