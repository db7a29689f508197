/// The Unicode classes that pre-tokenizers distinguish; a scalar of none of them has the empty set.
struct ScalarClass: OptionSet, Sendable {
  let rawValue: UInt8
  /// `\p{L}`
  static let letter = ScalarClass(rawValue: 1)
  /// `\p{N}`
  static let number = ScalarClass(rawValue: 2)
  /// `\s`: the property White_Space.
  static let space = ScalarClass(rawValue: 4)
  /// Carriage return or line feed; these are also `space`.
  static let newline = ScalarClass(rawValue: 8)
  /// `\p{P}` and `$+<=>^~|`: what llama.cpp's default rule keeps apart.
  static let punctuation = ScalarClass(rawValue: 16)

  /// The class of a scalar by its Unicode properties.
  init(_ scalar: Unicode.Scalar) {
    var result: ScalarClass = []
    let properties = scalar.properties
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      result = .letter
    case .decimalNumber, .letterNumber, .otherNumber:
      result = .number
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      result = .punctuation
    default:
      if "$+<=>^~|".unicodeScalars.contains(scalar) { result = .punctuation }
    }
    if properties.isWhitespace { result.formUnion(.space) }
    if scalar == "\r" || scalar == "\n" { result.formUnion(.newline) }
    self = result
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The class of a code point.
  static func of(_ value: UInt32) -> ScalarClass {
    if value < basicPlane.count { return basicPlane[Int(value)] }
    return Unicode.Scalar(value).map(ScalarClass.init) ?? []
  }

  private static let basicPlane: [ScalarClass] = (0..<0x1_0000).map { (value: UInt32) in
    Unicode.Scalar(value).map(ScalarClass.init) ?? []
  }
}

/// One scalar of UTF-8 text: its class and its length in bytes.
struct ClassifiedScalar {
  let value: UInt32
  let kind: ScalarClass
  let length: Int

  /// Reads the scalar at `index`; a byte that begins no valid sequence stands alone, with no class.
  init(_ text: Span<UInt8>, at index: Int, limit: Int) {
    let (value, length) = decodeScalar(text, at: index, limit: limit)
    self.value = value
    self.length = length
    kind = value == invalidScalar ? [] : ScalarClass.of(value)
  }
}

/// What `decodeScalar` gives for a byte that begins no valid sequence.
let invalidScalar = UInt32.max

/// The scalar that starts at `index` and its length in bytes, by the UTF-8 table of the Unicode standard (3-7).
func decodeScalar(_ text: Span<UInt8>, at index: Int, limit: Int) -> (value: UInt32, length: Int) {
  let lead = text[index]
  if lead < 0x80 { return (UInt32(lead), 1) }
  let length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2
  guard lead >= 0xc2, lead <= 0xf4, index + length <= limit else { return (invalidScalar, 1) }
  var value = UInt32(lead) & (0x7f >> UInt32(length))
  for k in 1..<length {
    let byte = text[index + k]
    guard byte & 0xc0 == 0x80 else { return (invalidScalar, 1) }
    value = value << 6 | UInt32(byte & 0x3f)
  }
  let smallest: UInt32 = length == 4 ? 0x1_0000 : length == 3 ? 0x800 : 0x80
  guard value >= smallest, Unicode.Scalar(value) != nil else { return (invalidScalar, 1) }
  return (value, length)
}
