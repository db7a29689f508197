/// A step that changes a text before it is cut.
public enum TextNormalizer: Sendable {
  /// Unicode's normal forms.
  case nfc, nfd, nfkc, nfkd
  /// Each scalar's full lower-case mapping, without regard to its place.
  case lowercase
  /// Leaves combining marks (`\p{M}`) out.
  case stripAccents
  /// SentencePiece's `nmt`: control characters go, odd spaces become spaces.
  case nmt
  /// White space at the ends.
  case strip(left: Bool, right: Bool)
  case replace(TextPattern, with: [UInt8])
  /// Text before a text that is not empty.
  case prepend([UInt8])
  /// BERT's: control characters go, spaces around ideographs, marks that take no space go, lower case.
  case bert(cleansText: Bool, spacesIdeographs: Bool, stripsAccents: Bool, lowercases: Bool)
  /// SentencePiece's compiled map.
  case characterMap(CharacterMap)
  /// Bytes as GPT-2's characters.
  case byteLevel
  /// What SentencePiece itself does besides its map: spaces in a row become one, those at the ends go.
  case joinSpaces
  /// SentencePiece's `▁` for each space.
  case escapeSpaces

  /// The text after this step.
  func apply(_ text: [UInt8]) -> [UInt8] {
    guard !text.isEmpty else { return text }
    switch self {
    case .nfc: return NormalForm.composed(NormalForm.decomposed(text, compatibly: false))
    case .nfd: return NormalForm.decomposed(text, compatibly: false)
    case .nfkc: return NormalForm.composed(NormalForm.decomposed(text, compatibly: true))
    case .nfkd: return NormalForm.decomposed(text, compatibly: true)
    case .lowercase: return text.mappingScalars(lowercased)
    case .stripAccents: return text.mappingScalars { isMark($0) ? .dropped : .kept }
    case .nmt: return text.mappingScalars(cleanedForNMT)
    case .strip(let left, let right): return stripped(text, left: left, right: right)
    case .replace(let pattern, let content): return replaced(pattern, with: content, in: text)
    case .prepend(let prefix): return prefix + text
    case .escapeSpaces: return replacingSpaces(in: text)
    case .bert(let cleans, let spaces, let strips, let lowercases):
      return bertNormalized(text, cleans: cleans, spaces: spaces, strips: strips, lowercases: lowercases)
    case .characterMap(let map): return map.apply(text)
    case .byteLevel:
      var result: [UInt8] = []
      for byte in text { result.append(contentsOf: ByteLevelAlphabet.utf8[Int(byte)]) }
      return result
    case .joinSpaces: return joinedSpaces(text)
    }
  }
}

/// What becomes of a scalar.
enum MappedScalar {
  case kept
  case dropped
  case scalar(UInt32)
  case scalars([UInt32])
}

extension [UInt8] {
  /// Each scalar of UTF-8 text replaced; bytes of no valid sequence are kept.
  func mappingScalars(_ map: (UInt32) -> MappedScalar) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    let text = span
    var index = 0
    while index < count {
      let (scalar, length) = decodeScalar(text, at: index, limit: count)
      switch scalar == invalidScalar ? .kept : map(scalar) {
      case .kept: for place in index..<(index + length) { result.append(text[place]) }
      case .dropped: break
      case .scalar(let other): result.append(scalar: other)
      case .scalars(let others): for other in others { result.append(scalar: other) }
      }
      index += length
    }
    return result
  }

  /// Appends a scalar in UTF-8.
  mutating func append(scalar value: UInt32) {
    switch value {
    case ..<0x80: append(UInt8(value))
    case ..<0x800:
      append(UInt8(0xc0 | value >> 6))
      append(UInt8(0x80 | value & 0x3f))
    case ..<0x1_0000:
      append(UInt8(0xe0 | value >> 12))
      append(UInt8(0x80 | value >> 6 & 0x3f))
      append(UInt8(0x80 | value & 0x3f))
    default:
      append(UInt8(0xf0 | value >> 18))
      append(UInt8(0x80 | value >> 12 & 0x3f))
      append(UInt8(0x80 | value >> 6 & 0x3f))
      append(UInt8(0x80 | value & 0x3f))
    }
  }
}

/// The lower case of scalars, the basic plane's written out.
private enum LowerCase {
  /// The mapping; 0 where it is more than one scalar.
  static let basicPlane: [UInt32] = (0..<0x1_0000).map { (value: UInt32) in
    guard let scalar = Unicode.Scalar(value) else { return value }
    let mapped = scalar.properties.lowercaseMapping.unicodeScalars
    return mapped.count == 1 ? mapped.first?.value ?? value : 0
  }
}

private func lowercased(_ value: UInt32) -> MappedScalar {
  if value < 0x80 { return value >= 0x41 && value <= 0x5a ? .scalar(value + 32) : .kept }
  if value < 0x1_0000 {
    let mapped = LowerCase.basicPlane[Int(value)]
    if mapped == value { return .kept }
    if mapped > 0 { return .scalar(mapped) }
  }
  guard let scalar = Unicode.Scalar(value) else { return .kept }
  return .scalars(scalar.properties.lowercaseMapping.unicodeScalars.map(\.value))
}

private func isMark(_ value: UInt32) -> Bool {
  value >= 0x300 && (5...7).contains(ScalarCategory.of(value))
    && (Unicode.Scalar(value)?.properties.age?.major ?? 99) <= NormalForm.newest
}

private func cleanedForNMT(_ value: UInt32) -> MappedScalar {
  switch value {
  case 0x01...0x08, 0x0b, 0x0e...0x1f, 0x7f, 0x8f, 0x9f: .dropped
  case 0x09, 0x0a, 0x0c, 0x0d, 0x1680, 0x200b...0x200f, 0x2028, 0x2029, 0x2581, 0xfeff, 0xfffd: .scalar(0x20)
  default: .kept
  }
}

private func stripped(_ text: [UInt8], left: Bool, right: Bool) -> [UInt8] {
  var (start, end) = (0, text.count)
  while left, start < end {
    let scalar = ClassifiedScalar(text.span, at: start, limit: end)
    guard scalar.kind.contains(.space) else { break }
    start += scalar.length
  }
  while right, start < end {
    var place = end - 1
    while place > start, end - place < 4, text[place] & 0xc0 == 0x80 { place -= 1 }
    guard ClassifiedScalar(text.span, at: place, limit: end).kind.contains(.space) else { break }
    end = place
  }
  return start == 0 && end == text.count ? text : Array(text[start..<end])
}

private func replaced(_ pattern: TextPattern, with content: [UInt8], in text: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  result.reserveCapacity(text.count)
  var last = 0
  var scratch = Pattern.Scratch()
  pattern.matches(in: text.span, from: 0, to: text.count, &scratch) { start, end in
    result.append(contentsOf: text[last..<start])
    result.append(contentsOf: content)
    last = end
  }
  if last == 0 { return result.isEmpty ? text : result + text }
  result.append(contentsOf: text[last...])
  return result
}

private func joinedSpaces(_ text: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  result.reserveCapacity(text.count)
  for byte in text where byte != 0x20 || !(result.isEmpty || result.last == 0x20) { result.append(byte) }
  // At the end a mark that stands in the text goes as well, as in SentencePiece.
  while true {
    if result.last == 0x20 {
      result.removeLast()
    } else if result.suffix(3).elementsEqual(SentencePieceEncoder.space) {
      result.removeLast(3)
    } else {
      return result
    }
  }
}

// MARK: - BERT

private func bertNormalized(_ text: [UInt8], cleans: Bool, spaces: Bool, strips: Bool, lowercases: Bool)
  -> [UInt8]
{
  var text = text
  if cleans || spaces {
    text = text.mappingScalars { value in
      if cleans, value < 0x80 {
        if value == 0x09 || value == 0x0a || value == 0x0d { return .scalar(0x20) }
        return value < 0x20 || value == 0x7f ? .dropped : .kept
      }
      if spaces, isIdeograph(value) { return .scalars([0x20, value, 0x20]) }
      guard cleans else { return .kept }
      if value == 0xfffd || (25...28).contains(ScalarCategory.ofEight(value)) { return .dropped }
      return ScalarClass.of(value).contains(.space) ? .scalar(0x20) : .kept
    }
  }
  if strips {
    text = NormalForm.decomposed(text, compatibly: false)
    text = text.mappingScalars { $0 >= 0x300 && ScalarCategory.ofEight($0) == 5 ? .dropped : .kept }
  }
  return lowercases ? text.mappingScalars(lowercased) : text
}

/// The blocks that BERT's code lists, a slip of its own in the sixth included.
private func isIdeograph(_ value: UInt32) -> Bool {
  guard value >= 0x3400 else { return false }
  return switch value {
  case 0x4e00...0x9fff, 0x3400...0x4dbf, 0x20000...0x2a6df, 0x2a700...0x2b73f, 0x2b740...0x2b81f,
    0x2b920...0x2ceaf, 0xf900...0xfaff, 0x2f800...0x2fa1f:
    true
  default: false
  }
}
