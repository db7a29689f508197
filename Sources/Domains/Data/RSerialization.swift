internal import Files

/// A value that R wrote.
indirect enum RValue {
  case null
  case symbol(String)
  /// Integers, factors and truth values; the smallest number is NA.
  case integers([Int32])
  case reals([Double])
  /// nil is NA.
  case texts([String?])
  case list([RObject])
  /// A pairlist; attributes are one.
  case pairs([(tag: String, value: RObject)])
}

/// A value with its attributes: `names`, `levels`, `class`.
struct RObject {
  let value: RValue
  var attributes: [(tag: String, value: RObject)] = []

  func attribute(_ name: String) -> RObject? { attributes.first { $0.tag == name }?.value }

  var texts: [String?]? { if case .texts(let texts) = value { texts } else { nil } }
  var integers: [Int32]? { if case .integers(let integers) = value { integers } else { nil } }
  var reals: [Double]? { if case .reals(let reals) = value { reals } else { nil } }

  /// The member of a list with names, such as a column of a data frame.
  subscript(name: String) -> RObject? {
    switch value {
    case .list(let members):
      attribute("names")?.texts?.firstIndex(of: name).flatMap {
        members.indices.contains($0) ? members[$0] : nil
      }
    case .pairs(let pairs): pairs.first { $0.tag == name }?.value
    default: nil
    }
  }

  /// Texts, also those of a factor; nil where it is neither.
  var words: [String?]? {
    if let texts { return texts }
    guard let codes = integers, let levels = attribute("levels")?.texts else { return nil }
    return codes.map { levels.indices.contains(Int($0) - 1) ? levels[Int($0) - 1] : nil }
  }
}

/// Reads R's serialisation in its portable form (XDR), versions 2 and 3: vectors, lists, factors and data frames with their attributes.
///
/// Functions, environments and other language objects are refused: data frames have none. Source: "R Internals", serialization formats.
struct RReader {
  private let bytes: [UInt8]
  private let path: String
  private var position = 0
  /// Symbols, which later ones refer to by number.
  private var symbols: [String] = []

  /// The one value of the bytes.
  static func value(_ bytes: [UInt8], path: String) throws(FileError) -> RObject {
    var reader = RReader(bytes: bytes, path: path)
    guard bytes.starts(with: Array("X\n".utf8)) else {
      throw reader.fault("\"X\" and a line break, XDR", "other bytes")
    }
    reader.position = 2
    let version = try reader.int()
    guard version == 2 || version == 3 else { throw reader.fault("version 2 or 3", "\(version)") }
    _ = (try reader.int(), try reader.int())
    if version == 3 { _ = try reader.take(try reader.count()) }
    return try reader.object(depth: 0)
  }

  private init(bytes: [UInt8], path: String) { (self.bytes, self.path) = (bytes, path) }

  private func fault(_ expected: String, _ actual: String) -> FileError {
    .malformed(path: path, offset: position, what: "R value", expected: expected, actual: actual)
  }

  private mutating func take(_ count: Int) throws(FileError) -> ArraySlice<UInt8> {
    guard count <= bytes.count - position else {
      throw fault("\(count) more bytes", "\(bytes.count - position)")
    }
    defer { position += count }
    return bytes[position..<position + count]
  }

  private mutating func int() throws(FileError) -> Int {
    Int(Int32(bitPattern: try take(4).reduce(0) { $0 << 8 | UInt32($1) }))
  }

  /// A length, of elements that take bytes each.
  private mutating func count(of size: Int = 1) throws(FileError) -> Int {
    let count = try int()
    guard count >= 0, count <= (bytes.count - position) / size else {
      throw fault("a length within the bytes that are left", "\(count)")
    }
    return count
  }

  private mutating func object(depth: Int) throws(FileError) -> RObject {
    guard depth < 64 else { throw fault("at most 64 levels", "more") }
    let flags = try int()
    let (type, hasAttributes, hasTag) = (flags & 255, flags & 0x200 != 0, flags & 0x400 != 0)
    let value: RValue
    switch type {
    case 254, 242, 253, 251: return RObject(value: .null)
    case 1:
      let name = try character(flags: int()) ?? "NA"
      symbols.append(name)
      return RObject(value: .symbol(name))
    case 255:
      let index = flags >> 8 != 0 ? flags >> 8 : try int()
      guard symbols.indices.contains(index - 1) else {
        throw fault("a symbol from before", "number \(index)")
      }
      return RObject(value: .symbol(symbols[index - 1]))
    case 2: return try pairs(hasAttributes: hasAttributes, hasTag: hasTag, depth: depth)
    case 10, 13:
      value = .integers(try elements(4) { Int32(truncatingIfNeeded: $0) })
    case 14:
      value = .reals(try elements(8) { Double(bitPattern: $0) })
    case 16:
      var texts: [String?] = []
      for _ in 0..<(try count(of: 4)) { texts.append(try character(flags: int())) }
      value = .texts(texts)
    case 19:
      var members: [RObject] = []
      for _ in 0..<(try count(of: 4)) { members.append(try object(depth: depth + 1)) }
      value = .list(members)
    case 238: return try alternative(depth: depth)
    default: throw fault("vectors, lists and factors", "an object of type \(type)")
    }
    let attributes = hasAttributes ? try self.attributes(depth: depth) : []
    return RObject(value: value, attributes: attributes)
  }

  private mutating func elements<Number>(_ size: Int, _ make: (UInt64) -> Number) throws(FileError)
    -> [Number]
  {
    let count = try count(of: size)
    let slice = try take(count * size)
    return (0..<count).map { index in
      let start = slice.startIndex + index * size
      return make(slice[start..<start + size].reduce(0) { $0 << 8 | UInt64($1) })
    }
  }

  /// A string's bytes; nil is NA.
  private mutating func character(flags: Int) throws(FileError) -> String? {
    guard flags & 255 == 9 else { throw fault("a string", "an object of type \(flags & 255)") }
    let length = try int()
    if length == -1 { return nil }
    guard length >= 0, length <= bytes.count - position else {
      throw fault("a length within the bytes", "\(length)")
    }
    let slice = try take(length)
    // Latin-1 is marked, all else is UTF-8 or ASCII.
    if flags >> 12 & 4 != 0 { return String(String.UnicodeScalarView(slice.map { Unicode.Scalar($0) })) }
    guard let text = String(validating: slice, as: UTF8.self) else { throw fault("UTF-8", "other bytes") }
    return text
  }

  private mutating func attributes(depth: Int) throws(FileError) -> [(tag: String, value: RObject)] {
    guard case .pairs(let pairs) = try object(depth: depth + 1).value else {
      throw fault("attributes", "no pairlist")
    }
    return pairs
  }

  /// Cells one after the other, down to the empty one.
  private mutating func pairs(hasAttributes: Bool, hasTag: Bool, depth: Int) throws(FileError) -> RObject {
    var (hasAttributes, hasTag) = (hasAttributes, hasTag)
    var pairs: [(tag: String, value: RObject)] = []
    while true {
      if hasAttributes { _ = try object(depth: depth + 1) }
      var tag = ""
      if hasTag, case .symbol(let name) = try object(depth: depth + 1).value { tag = name }
      pairs.append((tag, try object(depth: depth + 1)))
      let flags = try int()
      if flags & 255 == 254 { return RObject(value: .pairs(pairs)) }
      guard flags & 255 == 2 else {
        throw fault("another cell of a pairlist, or its end", "type \(flags & 255)")
      }
      (hasAttributes, hasTag) = (flags & 0x200 != 0, flags & 0x400 != 0)
    }
  }

  /// Vectors that R keeps in short: integers in a row, and what is wrapped to remember its order.
  private mutating func alternative(depth: Int) throws(FileError) -> RObject {
    let info = try object(depth: depth + 1)
    let state = try object(depth: depth + 1)
    let attributes = try object(depth: depth + 1)
    guard case .pairs(let parts) = info.value, case .symbol(let kind)? = parts.first?.value.value else {
      throw fault("the name of a kind of vector", "none")
    }
    var found: RObject
    if kind == "compact_intseq", let numbers = state.reals, numbers.count == 3 {
      guard (0...1e9).contains(numbers[0]), abs(numbers[1]) < 2e9 else {
        throw fault("a row of integers", "\(numbers)")
      }
      found = RObject(
        value: .integers(
          (0..<Int(numbers[0])).map { Int32(clamping: Int(numbers[1]) + $0 * Int(numbers[2])) }))
    } else if kind.hasPrefix("wrap_"), case .list(let members) = state.value, let first = members.first {
      found = first
    } else {
      throw fault("a vector that is known in short", kind)
    }
    if case .pairs(let pairs) = attributes.value { found.attributes += pairs }
    return found
  }
}
