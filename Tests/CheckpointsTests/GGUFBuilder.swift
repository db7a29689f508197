/// Writes GGUF files, also wrong ones: every field can be replaced before the bytes are made.
struct GGUFBuilder {
  struct TensorSpec {
    var name: String
    var rank: UInt32?
    var dimensions: [UInt64]
    var type: UInt32 = 0
    /// Nil: the right one.
    var offset: UInt64?
    var bytes: Int
  }

  var magic = Array("GGUF".utf8)
  var version: UInt32 = 3
  var tensorCount: UInt64?
  var keyCount: UInt64?
  /// Key, type number and the bytes of the value.
  var metadata: [(key: [UInt8], type: UInt32, value: [UInt8])] = []
  var tensors: [TensorSpec] = []
  var alignment = 32
  var dataBytes: Int?

  /// A small valid file: three keys, a matrix and a vector.
  static var valid: GGUFBuilder {
    var builder = GGUFBuilder()
    builder.add("general.architecture", string: "llama")
    builder.add("llama.block_count", uint32: 1)
    builder.add("tokens", strings: ["a", "b", "ö"])
    builder.tensors = [
      TensorSpec(name: "token_embd.weight", dimensions: [4, 3], bytes: 48),
      TensorSpec(name: "output_norm.weight", dimensions: [4], bytes: 16),
    ]
    return builder
  }

  mutating func add(_ key: String, type: UInt32, value: [UInt8]) {
    metadata.append((Array(key.utf8), type, value))
  }

  mutating func add(_ key: String, uint32 value: UInt32) { add(key, type: 4, value: le(value)) }

  mutating func add(_ key: String, float32 value: Float) { add(key, type: 6, value: le(value.bitPattern)) }

  mutating func add(_ key: String, bool value: Bool) { add(key, type: 7, value: [value ? 1 : 0]) }

  mutating func add(_ key: String, string value: String) { add(key, type: 8, value: sized(value)) }

  mutating func add(_ key: String, strings values: [String]) {
    add(key, type: 9, value: le(UInt32(8)) + le(UInt64(values.count)) + values.flatMap(sized))
  }

  mutating func add(_ key: String, int32s values: [Int32]) {
    add(key, type: 9, value: le(UInt32(5)) + le(UInt64(values.count)) + values.flatMap(le))
  }

  mutating func add(_ key: String, float32s values: [Float]) {
    add(key, type: 9, value: le(UInt32(6)) + le(UInt64(values.count)) + values.flatMap { le($0.bitPattern) })
  }

  var bytes: [UInt8] {
    var out =
      magic + le(version) + le(tensorCount ?? UInt64(tensors.count)) + le(keyCount ?? UInt64(metadata.count))
    for (key, type, value) in metadata { out += le(UInt64(key.count)) + key + le(type) + value }
    var running = 0
    for tensor in tensors {
      out += sized(tensor.name) + le(tensor.rank ?? UInt32(tensor.dimensions.count))
      out += tensor.dimensions.flatMap(le) + le(tensor.type) + le(tensor.offset ?? UInt64(running))
      running += (tensor.bytes + alignment - 1) / alignment * alignment
    }
    out += [UInt8](repeating: 0, count: (alignment - out.count % alignment) % alignment)
    return out + (0..<(dataBytes ?? running)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
  }
}

func le<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Value($0 * 8)) }
}

func sized(_ text: String) -> [UInt8] { le(UInt64(text.utf8.count)) + Array(text.utf8) }
