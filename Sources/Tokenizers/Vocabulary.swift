/// How the entries of a vocabulary spell the bytes of text.
public enum TokenSpelling: Sendable, Equatable, CaseIterable {
  /// GPT-2's stand-ins for bytes: `Ġthe` is ` the`.
  case byteLevel
  /// `▁the` is ` the`, `<0x0A>` one byte.
  case sentencePiece
  /// BERT: `##ing` goes on with a word, everything else begins one, so `the` is ` the`.
  case wordPiece
  /// Word vectors: every entry is a whole word, so `the` is ` the`.
  case words
  /// Entries are the text.
  case plain

  /// The spelling whose mark at least one in a hundred entries begins with, the most common one; plain text where
  /// none has a mark.
  public init(of forms: [String]) {
    let marks: [(spelling: TokenSpelling, mark: String)] = [
      (.byteLevel, "Ġ"), (.sentencePiece, "▁"), (.wordPiece, "##"),
    ]
    let counts = marks.map { mark in
      (mark.spelling, count: forms.count { $0.utf8.starts(with: mark.mark.utf8) })
    }
    let most = counts.max { $0.count < $1.count }
    self = most.flatMap { $0.count > 0 && $0.count * 100 >= forms.count ? $0.0 : nil } ?? .plain
  }
}

/// The rows of a vocabulary: what each entry is for and which bytes it stands for. Unlike a ``Tokenizer`` it needs no
/// rule for cutting and merging text, so that models whose rules are not known can still be compared.
///
/// - Parameters:
///   - forms: the entries as the file spells them; the index is the token's id.
///   - types: one for each form, or empty when all are normal.
/// - Throws: ``TokenizerError`` for an empty vocabulary, or types that are not as many as forms.
public func makeVocabulary(
  forms: [String], types: [TokenType], spelling: TokenSpelling
) throws(TokenizerError) -> [Token] {
  guard !forms.isEmpty else { throw .emptyVocabulary }
  guard types.isEmpty || types.count == forms.count else {
    throw .wrongCount(of: "token types", expected: forms.count, actual: types.count)
  }
  return forms.enumerated().map { id, form in
    let type = types.isEmpty ? .normal : types[id]
    let kind = kind(of: type)
    let bytes = kind == .control ? [] : bytes(of: form, type, kind, spelling)
    return Token(id: id, form: form, bytes: bytes, kind: kind)
  }
}

extension TokenizerDefinition {
  /// How `forms` spell text.
  var spelling: TokenSpelling {
    switch algorithm {
    case .byteLevelBPE: .byteLevel
    case .sentencePiece: .sentencePiece
    case .pipeline(let pipeline): pipeline.spelling
    }
  }
}

private func bytes(
  of form: String, _ type: TokenType, _ kind: TokenKind, _ spelling: TokenSpelling
) -> [UInt8] {
  let text = Array(form.utf8)
  switch spelling {
  case .byteLevel:
    // Added tokens are spelt as text; a form outside the alphabet can only be one.
    return (type == .normal ? ByteLevelAlphabet.decode(form) : nil) ?? text
  case .sentencePiece:
    if kind == .byte, let byte = byteValue(of: form) { return [byte] }
    return replacingSpaceMarks(in: text)
  case .wordPiece:
    guard type == .normal else { return text }
    return text.starts(with: "##".utf8) && text.count > 2 ? Array(text.dropFirst(2)) : [0x20] + text
  case .words: return [0x20] + text
  case .plain: return text
  }
}

private func kind(of type: TokenType) -> TokenKind {
  switch type {
  case .normal, .userDefined: .normal
  case .control, .unknown: .control
  case .unused: .unused
  case .byte: .byte
  }
}

/// The byte that a form such as `<0x0A>` names.
func byteValue(of form: String) -> UInt8? {
  guard form.utf8.count == 6, form.hasPrefix("<0x"), form.hasSuffix(">") else { return nil }
  return UInt8(form.dropFirst(3).dropLast(), radix: 16)
}

/// Text with each `▁` as a space.
private func replacingSpaceMarks(in bytes: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count)
  var index = 0
  while index < bytes.count {
    if bytes[index...].starts(with: SentencePieceEncoder.space) {
      result.append(0x20)
      index += 3
    } else {
      result.append(bytes[index])
      index += 1
    }
  }
  return result
}

/// Text with each space as `▁`.
func replacingSpaces(in bytes: [UInt8]) -> [UInt8] {
  guard bytes.contains(0x20) else { return bytes }
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count + bytes.count / 2)
  for byte in bytes {
    if byte == 0x20 { result.append(contentsOf: SentencePieceEncoder.space) } else { result.append(byte) }
  }
  return result
}
