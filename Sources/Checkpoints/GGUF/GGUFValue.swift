/// The type numbers of GGUF metadata values.
enum GGUFValueType: UInt32 {
  case uint8 = 0
  case int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

  /// The least number of bytes that one value takes.
  var minimumBytes: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64, .string: 8
    case .array: 12
    }
  }
}

extension GGUFCursor {
  private static let deepestArray = 4

  mutating func valueType(_ what: String) throws(CheckpointError) -> GGUFValueType {
    let start = offset
    let number = try uint32("type of \(what)")
    guard let type = GGUFValueType(rawValue: number) else {
      throw malformed("type of \(what)", expected: "0 ... 12", actual: "\(number)", at: start)
    }
    return type
  }

  mutating func value(
    _ type: GGUFValueType, of what: String, depth: Int = 0
  ) throws(CheckpointError) -> MetadataValue {
    switch type {
    case .uint8, .uint16, .uint32, .uint64: .unsigned(try unsigned(type, what))
    case .int8, .int16, .int32, .int64: .signed(try signed(type, what))
    case .float32, .float64: .float(try float(type, what))
    case .bool: .bool(try bool(what))
    case .string: .string(try string(what))
    case .array: try array(of: what, depth: depth + 1)
    }
  }

  private mutating func array(of what: String, depth: Int) throws(CheckpointError) -> MetadataValue {
    guard depth <= Self.deepestArray else {
      throw malformed(
        "nesting of \(what)", expected: "at most \(Self.deepestArray) arrays deep", actual: "\(depth)")
    }
    let type = try valueType("the elements of \(what)")
    let weight = type == .string || type == .array ? 4 : 1
    let count = try count(
      "element count of \(what)", minimumBytes: type.minimumBytes, limit: arrayElements / weight)
    arrayElements -= count * weight
    func collect<Element>(
      _ next: (inout GGUFCursor) throws(CheckpointError) -> Element
    ) throws(CheckpointError) -> [Element] {
      var elements: [Element] = []
      elements.reserveCapacity(count)
      for _ in 0..<count { elements.append(try next(&self)) }
      return elements
    }
    return switch type {
    case .uint8, .uint16, .uint32, .uint64:
      .unsignedArray(try collect { c throws(CheckpointError) in try c.unsigned(type, what) })
    case .int8, .int16, .int32, .int64:
      .signedArray(try collect { c throws(CheckpointError) in try c.signed(type, what) })
    case .float32, .float64:
      .floatArray(try collect { c throws(CheckpointError) in try c.float(type, what) })
    case .bool: .boolArray(try collect { c throws(CheckpointError) in try c.bool(what) })
    case .string: .stringArray(try collect { c throws(CheckpointError) in try c.string(what) })
    case .array:
      .nestedArray(try collect { c throws(CheckpointError) in try c.array(of: what, depth: depth + 1) })
    }
  }

  private mutating func unsigned(_ type: GGUFValueType, _ what: String) throws(CheckpointError) -> UInt64 {
    switch type {
    case .uint8: UInt64(try uint8(what))
    case .uint16: UInt64(try uint16(what))
    case .uint32: UInt64(try uint32(what))
    default: try uint64(what)
    }
  }

  private mutating func signed(_ type: GGUFValueType, _ what: String) throws(CheckpointError) -> Int64 {
    switch type {
    case .int8: Int64(Int8(bitPattern: try uint8(what)))
    case .int16: Int64(Int16(bitPattern: try uint16(what)))
    case .int32: Int64(Int32(bitPattern: try uint32(what)))
    default: Int64(bitPattern: try uint64(what))
    }
  }

  private mutating func float(_ type: GGUFValueType, _ what: String) throws(CheckpointError) -> Double {
    type == .float32
      ? Double(Float(bitPattern: try uint32(what))) : Double(bitPattern: try uint64(what))
  }

  private mutating func bool(_ what: String) throws(CheckpointError) -> Bool {
    let start = offset
    let byte = try uint8(what)
    guard byte <= 1 else { throw malformed(what, expected: "0 or 1", actual: "\(byte)", at: start) }
    return byte == 1
  }
}
