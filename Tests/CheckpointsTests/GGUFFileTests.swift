import Checkpoints
import Files
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct GGUFFileTests {
  @Test func readsAValidFile() throws {
    let folder = try TemporaryFolder()
    var builder = GGUFBuilder.valid
    builder.version = 2
    builder.add("f", float32: 0.25)
    builder.add(
      "nested", type: 9, value: le(UInt32(9)) + le(UInt64(1)) + le(UInt32(1)) + le(UInt64(2)) + [255, 1])
    let path = try folder.write(builder.bytes, to: "a.gguf")
    let file = try GGUFFile(path: path)
    #expect(file.version == 2)
    #expect(file.metadata["general.architecture"] == .string("llama"))
    #expect(file.metadata["llama.block_count"]?.integer == 1)
    #expect(file.metadata["tokens"]?.strings == ["a", "b", "ö"])
    #expect(file.metadata["f"] == .float(0.25))
    #expect(file.metadata["nested"] == .nestedArray([.signedArray([-1, 1])]))
    let matrix = try file.tensor("token_embd.weight")
    #expect((matrix.rows, matrix.columns, matrix.type) == (3, 4, .f32))
    #expect(matrix.offset % 32 == 0)
    let vector = try file.tensor("output_norm.weight")
    #expect((vector.rows, vector.columns) == (1, 4))
    #expect(vector.offset == matrix.offset + 64)
    #expect(throws: CheckpointError.self) { try file.tensor("absent") }
  }

  /// A tensor without numbers may stand in a file, but not be asked for: an embedding of 0 x 2^62 would be padded
  /// with as many tokens.
  @Test(arguments: [[4, 0], [0, 1 << 62], [0], [1 << 62, 0]] as [[UInt64]])
  func zeroDimensions(dimensions: [UInt64]) throws {
    let folder = try TemporaryFolder()
    var builder = GGUFBuilder.valid
    builder.tensors = [
      .init(name: "token_embd.weight", dimensions: dimensions, bytes: 0),
      .init(name: "after", dimensions: [8], bytes: 32),
    ]
    let checkpoint = try Checkpoint.open(try folder.write(builder.bytes, to: "a.gguf"))
    #expect(try checkpoint.tensor("after").columns == 8)
    let error = #expect(throws: CheckpointError.self) { try checkpoint.inputEmbedding }
    #expect(error?.description.contains("no numbers") == true)
  }

  /// Only what is asked for must be of a known type: the rest of the file is read around it.
  @Test(arguments: [4, 5, 36, 42, 1000, UInt32.max]) func typesThatNobodyKnowsAreReadAround(number: UInt32)
    throws
  {
    let folder = try TemporaryFolder()
    for last in [false, true] {
      var builder = GGUFBuilder.valid
      builder.tensors.insert(
        .init(name: "odd", dimensions: [7, 3], type: number, bytes: 61), at: last ? 2 : 1)
      let file = try GGUFFile(path: try folder.write(builder.bytes, to: "a.gguf"))
      let plain = try GGUFFile(path: try folder.write(GGUFBuilder.valid.bytes, to: "b.gguf"))
      for name in ["token_embd.weight", "output_norm.weight"] {
        let (tensor, expected) = (try file.tensor(name), try plain.tensor(name))
        #expect((tensor.rows, tensor.columns) == (expected.rows, expected.columns))
        #expect(
          tensor.offset - (file.info("token_embd.weight")?.offset ?? 0)
            == (last || name.hasPrefix("token")
              ? expected.offset - (plain.info("token_embd.weight")?.offset ?? 0) : 128))
      }
      #expect(file.info("odd")?.byteCount == 64 && file.info("odd")?.typeName == "type \(number)")
      let error = #expect(throws: CheckpointError.self) { try file.tensor("odd") }
      #expect(error?.description.contains("type \(number)") == true)
    }
  }

  /// Offsets after a tensor of unknown size are still held against the file.
  @Test func offsetsAfterAnUnknownType() throws {
    let folder = try TemporaryFolder()
    for offset: UInt64 in [0, 32, 63, 100, 1 << 20, .max] {
      var builder = GGUFBuilder.valid
      builder.tensors[0].type = 999
      builder.tensors[1].offset = offset
      let path = try folder.write(builder.bytes, to: "a.gguf")
      if offset.isMultiple(of: 32), offset < 1 << 10 {
        let file = try GGUFFile(path: path)
        #expect(file.info("token_embd.weight")?.byteCount == Int(offset))
      } else {
        let error = #expect(throws: CheckpointError.self) { try GGUFFile(path: path) }
        #expect(error?.description.contains("offset of tensor output_norm.weight") == true)
      }
    }
  }

  @Test func otherAlignment() throws {
    let folder = try TemporaryFolder()
    var builder = GGUFBuilder.valid
    builder.add("general.alignment", uint32: 64)
    builder.alignment = 64
    let file = try GGUFFile(path: try folder.write(builder.bytes, to: "a.gguf"))
    #expect(try file.tensor("output_norm.weight").offset % 64 == 0)
  }

  @Test func typesThatAreNotDequantisedAreNamed() throws {
    let folder = try TemporaryFolder()
    var builder = GGUFBuilder.valid
    builder.tensors = [
      .init(name: "q1", dimensions: [256, 1], type: 41, bytes: 36),
      .init(name: "after", dimensions: [8], bytes: 32),
    ]
    let path = try folder.write(builder.bytes, to: "a.gguf")
    let file = try GGUFFile(path: path)
    #expect(try file.tensor("after").columns == 8)
    #expect {
      try file.tensor("q1")
    } throws: {
      guard case CheckpointError.unsupported(path, _, "Q1_0", _) = $0 else { return false }
      return true
    }
  }

  /// A row that is no whole number of blocks is refused with tensor, type and sizes, in whichever type it is.
  @Test func rowsOfPartsOfBlocks() throws {
    let folder = try TemporaryFolder()
    for type in ElementType.allCases where type.blockCount > 1 {
      for row in [1, type.blockCount - 1, type.blockCount + 1, 3 * type.blockCount / 2] {
        var builder = GGUFBuilder.valid
        builder.tensors = [
          .init(name: "odd", dimensions: [UInt64(row), 2], type: type.rawValue, bytes: 4 * type.blockBytes)
        ]
        let path = try folder.write(builder.bytes, to: "a.gguf")
        let error = #expect(throws: CheckpointError.self) { try GGUFFile(path: path) }
        let text = error?.description ?? ""
        for part in ["tensor odd", "a multiple of \(type.blockCount) for \(type.name)", "\(row)"] {
          #expect(text.contains(part), "\(text)")
        }
      }
    }
  }

  /// Tensors of every type that end with the file, or do not.
  @Test func dataOfEveryType() throws {
    let folder = try TemporaryFolder()
    for type in ElementType.allCases {
      var builder = GGUFBuilder.valid
      let dimensions = [UInt64(2 * type.blockCount), 3]
      builder.tensors = [
        .init(name: "all", dimensions: dimensions, type: type.rawValue, bytes: 6 * type.blockBytes)
      ]
      builder.dataBytes = 6 * type.blockBytes
      let file = try GGUFFile(path: try folder.write(builder.bytes, to: "a.gguf"))
      #expect(try file.tensor("all").rowBytes == 2 * type.blockBytes)
      builder.dataBytes = 6 * type.blockBytes - 1
      let path = try folder.write(builder.bytes, to: "a.gguf")
      let error = #expect(throws: CheckpointError.self) { try GGUFFile(path: path) }
      #expect(error?.description.contains("data of tensor all") == true)
    }
  }

  /// Every file made by the reference writer, one tensor per element type.
  @Test func goldenFileOfAllElementTypes() throws {
    let file = try GGUFFile(path: try golden("types.gguf"))
    let data = try Data(contentsOf: URL(fileURLWithPath: try golden("types.json")))
    let expected = try JSONDecoder().decode([String: GoldenTensor].self, from: data)
    #expect(file.tensors.count == expected.count)
    #expect(Set(expected.values.map(\.type)) == Set(ElementType.allCases.map(\.name)))
    for (name, golden) in expected {
      let tensor = try file.tensor(name)
      #expect((tensor.rows, tensor.columns, tensor.type.name) == (golden.rows, golden.columns, golden.type))
      let bytes = try #require(file.file.bytes(at: tensor.offset, count: tensor.rows * tensor.rowBytes))
      #expect(sha256Hex(of: bytes) == golden.sha256)
    }
    #expect(file.metadata["golden.text"] == .string("naïve ☃"))
    #expect(file.metadata["golden.u64"] == .unsigned(1 << 63))
    #expect(file.metadata["golden.i8"] == .signed(-5))
    #expect(file.metadata["golden.floats"]?.floats == [0.5, -2])
    #expect(file.metadata["golden.flag"]?.bool == true)
  }
}

struct GoldenTensor: Decodable {
  let rows: Int
  let columns: Int
  let type: String
  let sha256: String
}
