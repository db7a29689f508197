/// Builds the rows of a vocabulary from a definition: what each entry is for and which bytes it stands for.
func makeVocabulary(_ definition: TokenizerDefinition) -> [Token] {
  definition.forms.enumerated().map { id, form in
    let type = definition.type(of: id)
    let kind = kind(of: type)
    var bytes: [UInt8] = []
    switch definition.algorithm {
    case _ where kind == .control: break
    case .byteLevelBPE:
      // Added tokens are spelt as text; a form outside the alphabet can only be one.
      bytes = (type == .normal ? ByteLevelAlphabet.decode(form) : nil) ?? Array(form.utf8)
    case .sentencePiece:
      if kind == .byte, let byte = byteValue(of: form) {
        bytes = [byte]
      } else {
        bytes = replacingSpaceMarks(in: Array(form.utf8))
      }
    }
    return Token(id: id, form: form, bytes: bytes, kind: kind)
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
