/// A JSON value from a file that may be hostile: duplicate keys, deep nesting and bad text are refused with
/// their position, which Foundation's decoders do not do.
package enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  /// In the order of the text. No dictionary: `String` equality would merge keys that differ in Unicode
  /// normalisation, as the tokens of a vocabulary do.
  case object([JSONMember])

  /// The member of that name; cost: linear in the number of members.
  package subscript(key: String) -> JSON? {
    if case .object(let members) = self { members.first { $0.key == key }?.value } else { nil }
  }

  package var object: [JSONMember]? { if case .object(let members) = self { members } else { nil } }
  package var array: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
  package var string: String? { if case .string(let text) = self { text } else { nil } }
  package var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  package var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// Whether the value is there at all: `null` is the same as a missing key.
  package var present: JSON? { self == .null ? nil : self }

  /// What kind of value it is, for messages.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// One `"key": value` of an object.
package struct JSONMember: Sendable, Equatable {
  package let key: String
  package let value: JSON

  package init(key: String, value: JSON) { (self.key, self.value) = (key, value) }
}

/// A strict JSON reader (RFC 8259) over bytes, for files of strangers: at most 64 levels deep and 2^22 values
/// long (a value takes some 48 bytes), no key twice, text in UTF-8, a byte-order mark passed over. Time and memory are linear in the text.
///
/// Errors say the line and the column, and the byte in the file counted from `base`.
package struct JSONReader {
  private static let deepest = 64
  /// The largest file that is read: eight times the largest `tokenizer.json` that is known.
  package static let longest = 256 << 20

  package let path: String
  let base: Int
  private let bytes: [UInt8]
  private var position = 0
  private var valueCount = 0
  private let mostValues: Int

  package init(_ bytes: [UInt8], path: String, base: Int = 0, mostValues: Int = 1 << 22) {
    self.mostValues = mostValues
    self.bytes = base == 0 ? TextInput.withoutMark(bytes) : bytes
    self.path = path
    self.base = base
  }

  /// The whole file as one value.
  package static func read(path: String, limit: Int = longest) throws(FileError) -> JSON {
    var reader = JSONReader(try TextInput.read(path, kind: "a JSON file", limit: limit), path: path)
    return try reader.document()
  }

  /// One value, and white space to the end.
  package mutating func document() throws(FileError) -> JSON {
    let value = try value(depth: 0)
    try end()
    return value
  }

  /// One value, or the objects of JSON Lines (one on each line) as an array.
  package mutating func documentOrLines() throws(FileError) -> JSON {
    let first = try value(depth: 0)
    guard case .object = first else {
      try end()
      return first
    }
    var lines = [first]
    while beginsNextLine() { lines.append(try value(depth: 0)) }
    try end()
    return lines.count == 1 ? first : .array(lines)
  }

  /// Moves past white space, and says whether an object follows on another line.
  private mutating func beginsNextLine() -> Bool {
    let start = position
    skipSpace()
    return position < bytes.count && bytes[position] == UInt8(ascii: "{")
      && bytes[start..<position].contains(0x0A)
  }

  /// An object's members one by one, so that a long one is never in memory as a whole; the text must end after it.
  package mutating func members(
    _ body: (_ key: String, _ value: JSON) throws(FileError) -> Void
  ) throws(FileError) {
    skipSpace()
    guard take(UInt8(ascii: "{")) else { throw unexpected("\"{\"") }
    try eachMember(depth: 0, body)
    try end()
  }

  private mutating func end() throws(FileError) {
    skipSpace()
    guard position == bytes.count else { throw unexpected("the end of the JSON text") }
  }

  private func malformed(_ expected: String, _ actual: String, at place: Int) -> FileError {
    let before = bytes[..<place]
    let line = 1 + before.count { $0 == 0x0A }
    let column = 1 + before.reversed().prefix { $0 != 0x0A }.count { $0 & 0xC0 != 0x80 }
    return .malformed(
      path: path, offset: base + place, what: base == 0 ? "JSON, line \(line), column \(column)" : "JSON",
      expected: expected, actual: actual)
  }

  private func unexpected(_ expected: String) -> FileError {
    guard position < bytes.count else { return malformed(expected, "the end of the text", at: position) }
    let byte = bytes[position]
    let shown = (0x21...0x7E).contains(byte) ? "\"\(Character(UnicodeScalar(byte)))\"" : "byte \(byte)"
    return malformed(expected, shown, at: position)
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
  }

  /// Moves past `byte` if it is next.
  private mutating func take(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(FileError) -> JSON {
    skipSpace()
    guard depth <= Self.deepest else {
      throw malformed("at most \(Self.deepest) levels", "deeper nesting", at: position)
    }
    guard position < bytes.count else { throw unexpected("a value") }
    valueCount += 1
    guard valueCount <= mostValues else {
      throw malformed("at most \(mostValues) values", "more", at: position)
    }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw unexpected("a value")
    }
  }

  private mutating func word(_ text: String, _ value: JSON) throws(FileError) -> JSON {
    for byte in text.utf8 where !take(byte) { throw unexpected(text) }
    return value
  }

  private mutating func object(depth: Int) throws(FileError) -> JSON {
    position += 1
    var members: [JSONMember] = []
    try eachMember(depth: depth) { key, value in members.append(JSONMember(key: key, value: value)) }
    return .object(members)
  }

  /// The members after a `{`, up to and with its `}`.
  private mutating func eachMember(
    depth: Int, _ body: (_ key: String, _ value: JSON) throws(FileError) -> Void
  ) throws(FileError) {
    var keys: Set<ExactName> = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return }
    while true {
      skipSpace()
      let start = position
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw unexpected("a key") }
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw unexpected("\":\"") }
      let value = try value(depth: depth + 1)
      guard keys.insert(ExactName(key)).inserted else {
        throw malformed("a new key", "\(key.debugDescription) again", at: start)
      }
      skipSpace()
      let isLast = take(UInt8(ascii: "}"))
      guard isLast || take(UInt8(ascii: ",")) else { throw unexpected("\",\" or \"}\"") }
      try body(key, value)
      if isLast { return }
    }
  }

  private mutating func array(depth: Int) throws(FileError) -> JSON {
    position += 1
    var elements: [JSON] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if take(UInt8(ascii: "]")) { return .array(elements) }
      guard take(UInt8(ascii: ",")) else { throw unexpected("\",\" or \"]\"") }
    }
  }
}

// MARK: - Numbers and strings

extension JSONReader {
  private mutating func digits() throws(FileError) {
    let start = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    guard position > start else { throw unexpected("a digit") }
  }

  private mutating func number() throws(FileError) -> JSON {
    let start = position
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try digits() }
    let wholeEnd = position
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if position == wholeEnd, let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      throw malformed("a number that Double can hold", text, at: start)
    }
    return .number(number)
  }

  private mutating func string() throws(FileError) -> String {
    let start = position
    position += 1
    var run = position
    var text: [UInt8] = []
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        text += bytes[run..<position]
        position += 1
        guard let valid = String(validating: text, as: UTF8.self) else {
          throw malformed("UTF-8 text", "\(text.count) bytes that are not", at: start)
        }
        return valid
      case UInt8(ascii: "\\"):
        text += bytes[run..<position]
        text += Array(String(try escape()).utf8)
        run = position
      case 0..<0x20: throw unexpected("an escape for control characters")
      default: position += 1
      }
    }
    throw unexpected("the end of the string from byte \(base + start)")
  }

  private mutating func escape() throws(FileError) -> Unicode.Scalar {
    position += 1
    guard position < bytes.count else { throw unexpected("an escape") }
    let letter = bytes[position]
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try scalar()
    default:
      position -= 1
      throw unexpected("an escape")
    }
  }

  /// `\uXXXX`, or a surrogate pair of two of them.
  private mutating func scalar() throws(FileError) -> Unicode.Scalar {
    let start = position
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard (0xD800..<0xDC00).contains(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
      throw malformed("a pair of surrogates", "one alone", at: start)
    }
    let second = try hexadecimal()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw malformed("a pair of surrogates", "one alone", at: start) }
    return scalar
  }

  private mutating func hexadecimal() throws(FileError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue, bytes[position] < 0x80
      else { throw unexpected("four hexadecimal digits") }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
