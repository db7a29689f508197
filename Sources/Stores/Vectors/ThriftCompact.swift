/// A value in Thrift's compact protocol, which Parquet writes its headers in. Fields go by their numbers.
indirect enum ThriftValue {
  case integer(Int)
  case binary([UInt8])
  case list([ThriftValue])
  case structure([Int: ThriftValue])

  var integer: Int? { if case .integer(let value) = self { value } else { nil } }
  var text: String? {
    if case .binary(let bytes) = self { String(validating: bytes, as: UTF8.self) } else { nil }
  }
  var list: [ThriftValue]? { if case .list(let values) = self { values } else { nil } }

  /// The field of a structure.
  subscript(field: Int) -> ThriftValue? {
    if case .structure(let fields) = self { fields[field] } else { nil }
  }
}

/// Reads values; nil where the bytes end or are none.
struct ThriftReader {
  private let bytes: [UInt8]
  private(set) var position: Int
  private let end: Int

  init(_ bytes: [UInt8], in range: Range<Int>) {
    (self.bytes, position, end) = (bytes, range.lowerBound, range.upperBound)
  }

  private mutating func byte() -> UInt8? {
    guard position < end else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func varint() -> UInt64? {
    var (value, shift) = (UInt64(0), UInt64(0))
    while shift < 64, let byte = byte() {
      value |= UInt64(byte & 127) << shift
      if byte < 128 { return value }
      shift += 7
    }
    return nil
  }

  private mutating func integer() -> Int? {
    varint().map { Int(bitPattern: UInt(($0 >> 1) ^ (0 &- ($0 & 1)))) }
  }

  mutating func structure(depth: Int = 0) -> ThriftValue? {
    guard depth < 16 else { return nil }
    var fields: [Int: ThriftValue] = [:]
    var last = 0
    while let head = byte() {
      if head == 0 { return .structure(fields) }
      let delta = Int(head >> 4)
      guard let number = delta == 0 ? integer() : last + delta else { return nil }
      last = number
      // A boolean's value is its type.
      switch head & 15 {
      case 1: fields[number] = .integer(1)
      case 2: fields[number] = .integer(0)
      case let type:
        guard let value = value(type, depth: depth + 1) else { return nil }
        fields[number] = value
      }
    }
    return nil
  }

  private mutating func value(_ type: UInt8, depth: Int) -> ThriftValue? {
    switch type {
    case 1, 2, 3: return byte().map { .integer(Int($0)) }
    case 4, 5, 6: return integer().map { .integer($0) }
    case 7:
      guard end - position >= 8 else { return nil }
      position += 8
      return .integer(0)
    case 8:
      guard let count = varint(), count <= UInt64(end - position) else { return nil }
      defer { position += Int(count) }
      return .binary(Array(bytes[position..<position + Int(count)]))
    case 9, 10:
      guard let head = byte(), let count = head >> 4 == 15 ? varint() : UInt64(head >> 4),
        count <= UInt64(end - position)
      else { return nil }
      var values: [ThriftValue] = []
      for _ in 0..<count {
        guard let value = value(head & 15, depth: depth + 1) else { return nil }
        values.append(value)
      }
      return .list(values)
    case 12: return structure(depth: depth)
    default: return nil
    }
  }
}
