import Checkpoints
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// Files made wrong by hand, one thing at a time; each must be refused at the byte where it is wrong.
@Suite struct GGUFAttackTests {
  /// Opens the built file; the error must name `what`, and say something of `expected` and `actual`.
  private func refuses(
    _ what: String, _ expected: String, _ actual: String, location: SourceLocation = #_sourceLocation,
    change: (inout GGUFBuilder) -> Void
  ) throws {
    let folder = try TemporaryFolder()
    var builder = GGUFBuilder.valid
    change(&builder)
    let path = try folder.write(builder.bytes, to: "bad.gguf")
    let error = #expect(throws: CheckpointError.self, sourceLocation: location) { try GGUFFile(path: path) }
    guard case .file(.malformed(let place, let offset, let found, let should, let does))? = error else {
      Issue.record(
        "not the error for malformed files: \(String(describing: error))", sourceLocation: location)
      return
    }
    #expect(place == path, sourceLocation: location)
    #expect(offset >= 0 && offset <= builder.bytes.count + 64, sourceLocation: location)
    #expect(what.isEmpty || found.contains(what), "\(found)", sourceLocation: location)
    #expect(expected.isEmpty || should.contains(expected), "\(should)", sourceLocation: location)
    #expect(actual.isEmpty || does.contains(actual), "\(does)", sourceLocation: location)
  }

  @Test func emptyFile() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([], to: "empty.gguf")
    #expect(
      throws: CheckpointError.file(
        .malformed(
          path: path, offset: 0, what: "magic", expected: "4 bytes",
          actual: "0 bytes before the end of the file"))
    ) { try GGUFFile(path: path) }
  }

  @Test func absentFile() throws {
    let error = #expect(throws: CheckpointError.self) { try GGUFFile(path: "/nowhere/a.gguf") }
    #expect(error?.description.contains("/nowhere/a.gguf: cannot open") == true)
  }

  @Test func magic() throws { try refuses("magic", "GGUF", "0x") { $0.magic = Array("GGML".utf8) } }
  @Test func version0() throws { try refuses("version", "2 or 3", "0") { $0.version = 0 } }
  @Test func version1() throws { try refuses("version", "2 or 3", "1") { $0.version = 1 } }
  @Test func versionOfTheFuture() throws { try refuses("version", "2 or 3", "4") { $0.version = 4 } }
  @Test func bigEndian() throws { try refuses("version", "2 or 3", "big-endian") { $0.version = 3 << 24 } }

  @Test func tensorCount() throws {
    try refuses("tensor count", "at most", "\(UInt64.max)") { $0.tensorCount = .max }
  }

  @Test func tensorCountBeyondTheInfos() throws { try refuses("tensor", "", "") { $0.tensorCount = 4 } }

  @Test func keyCount() throws {
    try refuses("key count", "at most", "\(UInt64.max / 2)") { $0.keyCount = .max / 2 }
  }

  @Test func keySize() throws {
    try refuses("length of the metadata key 0", "at most", "1125899906842624") {
      $0.metadata = []
      $0.keyCount = 1
      $0.tensors = []
      $0.magic = $0.magic + le(UInt32(3)) + le(UInt64(0)) + le(UInt64(1)) + le(UInt64(1 << 50))
    }
  }

  @Test func emptyKey() throws { try refuses("metadata key", "a name", "empty") { $0.add("", uint32: 1) } }

  @Test func keyThatIsNotText() throws {
    try refuses("metadata key", "UTF-8", "2 bytes") { $0.metadata.append(([0xC3, 0x28], 4, le(UInt32(1)))) }
  }

  @Test func valueType() throws {
    try refuses("type of x", "0 ... 12", "13") { $0.add("x", type: 13, value: []) }
  }

  @Test func boolean() throws { try refuses("x", "0 or 1", "2") { $0.add("x", type: 7, value: [2]) } }

  @Test func duplicateKey() throws {
    try refuses("metadata key", "a new name", "general.architecture again") {
      $0.add("general.architecture", string: "qwen2")
    }
  }

  @Test func stringLength() throws {
    try refuses("length of the x", "at most", "\(UInt64.max)") { $0.add("x", type: 8, value: le(UInt64.max)) }
  }

  @Test func arrayLength() throws {
    try refuses("element count of x", "at most", "1099511627776") {
      $0.add("x", type: 9, value: le(UInt32(0)) + le(UInt64(1 << 40)))
    }
  }

  @Test func arrayElementType() throws {
    try refuses("type of the elements of x", "0 ... 12", "99") {
      $0.add("x", type: 9, value: le(UInt32(99)) + le(UInt64(0)))
    }
  }

  @Test func arrayNesting() throws {
    try refuses("nesting of x", "at most 4", "5") {
      let level = le(UInt32(9)) + le(UInt64(1))
      $0.add("x", type: 9, value: level + level + level + level + le(UInt32(0)) + le(UInt64(1)) + [0])
    }
  }

  @Test func alignmentValue() throws {
    try refuses("general.alignment", "a power of two", "33") { $0.add("general.alignment", uint32: 33) }
    try refuses("general.alignment", "a power of two", "0") { $0.add("general.alignment", uint32: 0) }
  }

  @Test func alignmentType() throws {
    try refuses("general.alignment", "32-bit unsigned", "string") {
      $0.add("general.alignment", string: "32")
    }
  }

  @Test func alignmentThatTheFileDoesNotHave() throws {
    try refuses("offset of tensor output_norm.weight", "128", "64") {
      $0.add("general.alignment", uint32: 128)
    }
  }

  @Test func hugeAlignment() throws {
    try refuses("", "", "") { $0.add("general.alignment", uint32: 1 << 31) }
  }

  @Test func tensorNameLength() throws {
    try refuses("name of tensor 0", "1 ... 63", "64") {
      $0.tensors[0].name = String(repeating: "x", count: 64)
    }
    try refuses("name of tensor 0", "1 ... 63", "0") { $0.tensors[0].name = "" }
  }

  @Test func duplicateTensor() throws {
    try refuses("name of tensor 1", "a new name", "token_embd.weight") {
      $0.tensors[1].name = "token_embd.weight"
    }
  }

  @Test func dimensionCount() throws {
    try refuses("dimension count", "0 ... 4", "5") { $0.tensors[0].dimensions = [4, 3, 1, 1, 1] }
    try refuses("dimension count", "0 ... 4", "\(UInt32.max)") { $0.tensors[0].rank = .max }
  }

  @Test func dimensionBeyondInt() throws {
    try refuses("dimension 1", "below 2^63", "\(UInt64.max)") { $0.tensors[0].dimensions = [4, .max] }
  }

  @Test func elementCountOverflow() throws {
    try refuses("element count", "below 2^63", "x") { $0.tensors[0].dimensions = [1 << 32, 1 << 31, 2] }
  }

  @Test func elementCountOverflowBehindAZero() throws {
    try refuses("element count", "below 2^63", "x") { $0.tensors[0].dimensions = [0, 1 << 62, 1 << 62] }
  }

  @Test func byteCountOverflow() throws {
    try refuses("size of tensor", "2^63 bytes", "") { $0.tensors[0].dimensions = [1 << 31, 1 << 31] }
  }

  @Test func sizeBeyondTheFile() throws {
    try refuses("size of token_embd.weight", "within", "") { $0.tensors[0].dimensions = [1 << 30, 1 << 10] }
  }

  @Test func paddedSumThatWraps() throws {
    try refuses("size of", "within", "") {
      $0.tensors[0].dimensions = [(1 << 61) - 1]
      $0.tensors[1].offset = 0
    }
  }

  /// Arrays take more memory than the file's bytes: a byte becomes eight, an empty text sixteen.
  @Test func tooManyElements() throws {
    for type: UInt32 in [0, 7] {
      try refuses("element count of x", "at most", "\((1 << 22) + 1)") {
        let count = (1 << 22) + 1
        $0.add("x", type: 9, value: le(type) + le(UInt64(count)) + [UInt8](repeating: 0, count: count))
      }
    }
    // A text takes four times as much as a number.
    try refuses("element count of x", "at most", "\((1 << 20) + 1)") {
      let count = (1 << 20) + 1
      $0.add(
        "x", type: 9,
        value: le(UInt32(8)) + le(UInt64(count)) + [UInt8](repeating: 0, count: 8 * count))
    }
    try refuses("element count of y", "at most", "2097153") {
      let bytes = le(UInt32(0)) + le(UInt64(1 << 21)) + [UInt8](repeating: 0, count: 1 << 21)
      $0.add("x", type: 9, value: bytes)
      $0.add(
        "y", type: 9,
        value: le(UInt32(0)) + le(UInt64((1 << 21) + 1)) + [UInt8](repeating: 0, count: (1 << 21) + 1))
    }
  }

  @Test func tooManyKeysAndTensors() throws {
    func padded(_ builder: inout GGUFBuilder, bytes: Int) {
      builder.add("padding", type: 8, value: le(UInt64(bytes)) + [UInt8](repeating: 0x20, count: bytes))
    }
    try refuses("metadata key count", "at most 65536", "65537") {
      $0.keyCount = 65537
      padded(&$0, bytes: 1 << 20)
    }
    try refuses("tensor count", "at most 524288", "524289") {
      $0.tensorCount = 524_289
      padded(&$0, bytes: 14 << 20)
    }
  }

  @Test func rowThatIsNoWholeNumberOfBlocks() throws {
    try refuses("row of tensor", "multiple of 32", "4") { $0.tensors[0].type = 8 }
  }

  @Test func offset() throws {
    for offset: UInt64 in [32, 63, 96, .max] {
      try refuses("offset of tensor output_norm.weight", "64", "\(offset)") { $0.tensors[1].offset = offset }
    }
  }

  @Test func notEnoughData() throws {
    try refuses("data of tensor output_norm.weight", "16 bytes", "a file of") { $0.dataBytes = 64 + 15 }
    try refuses("", "", "") { $0.dataBytes = 0 }
  }

  @Test func everyTruncation() throws {
    let folder = try TemporaryFolder()
    let bytes = GGUFBuilder.valid.bytes
    // The last tensor may lack its padding of 16 bytes.
    for count in 0..<bytes.count - 16 {
      let path = try folder.write(Array(bytes[..<count]), to: "cut.gguf")
      #expect(throws: CheckpointError.self, "cut to \(count) bytes") { try GGUFFile(path: path) }
    }
  }

  /// No change of one byte may trap; what still opens must hand out only tensors that lie in the file.
  @Test func everyByteChanged() throws {
    let folder = try TemporaryFolder()
    let bytes = GGUFBuilder.valid.bytes
    var opened = 0
    for index in bytes.indices {
      for mask: UInt8 in [0x01, 0x80, 0xFF] {
        var changed = bytes
        changed[index] ^= mask
        let path = try folder.write(changed, to: "flip.gguf")
        guard let checkpoint = try? Checkpoint.open(path) else { continue }
        opened += 1
        _ = try? checkpoint.configuration
        for name in checkpoint.tensorNames {
          guard let tensor = try? checkpoint.tensor(name) else { continue }
          #expect(tensor.offset + tensor.rows * tensor.rowBytes <= bytes.count)
        }
      }
    }
    #expect(opened > 0)
  }
}
