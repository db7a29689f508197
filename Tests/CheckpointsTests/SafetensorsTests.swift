import Checkpoints
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// A safetensors file from its header text.
func safetensors(_ header: String, data: Int) -> [UInt8] {
  le(UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 1, count: data)
}

@Suite struct SafetensorsTests {
  private let valid = """
    {"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},
    "a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}
    """

  @Test func readsAValidFile() throws {
    let folder = try TemporaryFolder()
    let file = try SafetensorsFile(path: try folder.write(safetensors(valid, data: 32), to: "a.safetensors"))
    #expect(file.metadata == ["format": "pt"])
    #expect(file.tensorNames == ["a", "b"])
    let matrix = try file.tensor("a")
    #expect((matrix.rows, matrix.columns, matrix.type) == (2, 3, .f32))
    let vector = try file.tensor("b")
    #expect((vector.rows, vector.columns, vector.type) == (1, 4, .bf16))
    #expect(vector.offset == matrix.offset + 24)
  }

  @Test func goldenFile() throws {
    let file = try SafetensorsFile(path: try golden("tiny.safetensors"))
    let data = try Data(contentsOf: URL(fileURLWithPath: try golden("tiny.json")))
    let expected = try JSONDecoder().decode([String: GoldenTensor].self, from: data)
    #expect(Set(file.tensorNames) == Set(expected.keys))
    for (name, golden) in expected {
      let tensor = try file.tensor(name)
      #expect((tensor.rows, tensor.columns, tensor.type.name) == (golden.rows, golden.columns, golden.type))
      let bytes = try #require(file.file.bytes(at: tensor.offset, count: tensor.rows * tensor.rowBytes))
      #expect(sha256Hex(of: bytes) == golden.sha256)
    }
  }

  /// Header text, bytes of data, a word of the error.
  private static let attacks: [(name: String, header: String, data: Int, word: String)] = [
    ("header no object", "[1, 2]", 0, "\"{\""),
    ("header no JSON", "{a}", 0, "a key"),
    ("header cut", "{\"a\":", 0, "the end of the text"),
    ("text after the header", "{} {}", 0, "the end of the JSON text"),
    (
      "duplicate key",
      """
      {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}
      """, 2, "again"
    ),
    ("type no text", #"{"a":{"dtype":5,"shape":[1],"data_offsets":[0,1]}}"#, 1, "an integer"),
    ("unknown member", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}"#, 1, "\"x\""),
    ("missing shape", #"{"a":{"dtype":"U8","data_offsets":[0,1]}}"#, 1, "nothing"),
    ("negative dimension", #"{"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}"#, 1, "from 0"),
    ("fractional dimension", #"{"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}"#, 1, "a number"),
    (
      "65 dimensions",
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[\(Array(repeating: "1", count: 65).joined(separator: ","))],\"data_offsets\":[0,1]}}",
      1, "at most 64 dimensions"
    ),
    ("shape no array", #"{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}"#, 1, "an array"),
    (
      "size overflow",
      """
      {"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}
      """, 0, "less than 2^63"
    ),
    (
      "size does not fit the offsets", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4,
      "8 bytes"
    ),
    ("offsets reversed", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}"#, 1, "within"),
    ("three offsets", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}"#, 1, "begin and end"),
    ("beyond the file", #"{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}"#, 8, "within 8 bytes"),
    (
      "gap",
      """
      {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}
      """, 3, "after the tensor before"
    ),
    (
      "overlap",
      """
      {"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}
      """, 3, "after the tensor before"
    ),
    (
      "bytes that belong to nobody", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 2,
      "end of the file"
    ),
    ("metadata no strings", #"{"__metadata__":{"a":1}}"#, 0, "a string"),
    ("control character", "{\"a\u{01}\":1}", 0, "escape"),
    ("lone surrogate", #"{"\ud800":1}"#, 0, "pair"),
    ("number too big", #"{"a":1e999}"#, 0, "Double"),
    ("leading zero", #"{"a":01}"#, 0, "\",\" or \"}\""),
    ("deep nesting", "{\"a\":" + String(repeating: "[", count: 5000), 0, "64 levels"),
  ]

  @Test(arguments: attacks.indices) func refusesABadHeader(index: Int) throws {
    let attack = Self.attacks[index]
    let folder = try TemporaryFolder()
    let path = try folder.write(safetensors(attack.header, data: attack.data), to: "bad.safetensors")
    let error = #expect(throws: CheckpointError.self, "\(attack.name)") { try SafetensorsFile(path: path) }
    guard case .file(.malformed(path, _, _, _, _))? = error else {
      Issue.record("\(attack.name): \(String(describing: error))")
      return
    }
    #expect(error?.description.contains(attack.word) == true, "\(attack.name): \(error?.description ?? "")")
  }

  @Test func refusesABadHeaderLength() throws {
    let folder = try TemporaryFolder()
    for bytes: [UInt8] in [
      [], [1, 2, 3], le(UInt64(0)), le(UInt64.max), le(UInt64(1) << 63) + [UInt8(ascii: "{")],
      le(UInt64(100_000_001)) + Array("{}".utf8), le(UInt64(3)) + Array("{}".utf8),
    ] {
      let path = try folder.write(bytes, to: "bad.safetensors")
      let error = #expect(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
      #expect(error?.description.contains("header length") == true)
    }
  }

  @Test func valuesOfAHeaderAreCounted() throws {
    let folder = try TemporaryFolder()
    let header = "{\"a\":[" + String(repeating: "0,", count: 3 << 19) + "0]}"
    let path = try folder.write(safetensors(header, data: 0), to: "bad.safetensors")
    let error = #expect(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
    #expect(error?.description.contains("at most 1572864 values") == true, "\(error?.description ?? "")")
  }

  @Test func headerThatIsNotUTF8() throws {
    let folder = try TemporaryFolder()
    let header = Array("{\"".utf8) + [0xFF] + Array("\":1}".utf8)
    let path = try folder.write(le(UInt64(header.count)) + header, to: "bad.safetensors")
    let error = #expect(throws: CheckpointError.self) { try SafetensorsFile(path: path) }
    #expect(error?.description.contains("UTF-8") == true)
  }

  @Test func everyByteChanged() throws {
    let folder = try TemporaryFolder()
    let bytes = safetensors(valid, data: 32)
    for index in 0..<bytes.count - 32 {
      for mask: UInt8 in [0x01, 0x10, 0x80, 0xFF] {
        var changed = bytes
        changed[index] ^= mask
        let path = try folder.write(changed, to: "flip.safetensors")
        guard let file = try? SafetensorsFile(path: path) else { continue }
        for name in file.tensorNames {
          guard let tensor = try? file.tensor(name) else { continue }
          #expect(tensor.offset + tensor.rows * tensor.rowBytes <= bytes.count)
        }
      }
    }
  }

  /// Only what is asked for must be of a known type.
  @Test func typesThatNobodyKnowsAreReadAround() throws {
    let folder = try TemporaryFolder()
    let header = """
      {"odd":{"dtype":"F4","shape":[3],"data_offsets":[0,2]},"a":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}
      """
    let file = try SafetensorsFile(path: try folder.write(safetensors(header, data: 6), to: "a.safetensors"))
    #expect(try file.tensor("a").columns == 1)
    let error = #expect(throws: CheckpointError.self) { try file.tensor("odd") }
    #expect(error?.description.contains("F4") == true)
  }

  @Test func tensorsWithoutNumbersCannotBeAskedFor() throws {
    let folder = try TemporaryFolder()
    let header = #"{"a":{"dtype":"F32","shape":[1099511627776,0],"data_offsets":[0,0]}}"#
    let file = try SafetensorsFile(path: try folder.write(safetensors(header, data: 0), to: "a.safetensors"))
    let error = #expect(throws: CheckpointError.self) { try file.tensor("a") }
    #expect(error?.description.contains("no numbers") == true)
  }

  @Test func namesAreEqualOnlyByteForByte() throws {
    let folder = try TemporaryFolder()
    let header = """
      {"\u{E9}":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"e\u{301}":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
      """
    let file = try SafetensorsFile(path: try folder.write(safetensors(header, data: 8), to: "a.safetensors"))
    #expect(try file.tensor("e\u{301}").offset == file.tensor("\u{E9}").offset + 4)
  }

  @Test func otherTypesAreNamed() throws {
    let folder = try TemporaryFolder()
    let header = #"{"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#
    let file = try SafetensorsFile(path: try folder.write(safetensors(header, data: 8), to: "a.safetensors"))
    let error = #expect(throws: CheckpointError.self) { try file.tensor("a") }
    #expect(error?.description.contains("I64") == true)
  }
}
