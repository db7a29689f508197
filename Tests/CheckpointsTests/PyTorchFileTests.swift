import Checkpoints
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// What `torch.save` wrote is read, and nothing in it is run.
@Suite struct PyTorchFileTests {
  private func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/pytorch/\(name)").path
  }

  private func rows(_ count: Int, _ width: Int, from start: Float) -> Matrix<Float> {
    Matrix(rows: count, columns: width, elements: (0..<count * width).map { Float($0) / 4 + start })
  }

  @Test func aModuleIsReadWithItsTies() throws {
    let checkpoint = try Checkpoint.open(path("module.bin"))
    #expect(try checkpoint.inputEmbedding.dequantised() == rows(5, 3, from: 1))
    #expect(try checkpoint.tensor("output.weight").dequantised() == rows(5, 3, from: 1))
    #expect(checkpoint.quantisation == "BOOL F32 I64")
    #expect(
      Set(checkpoint.tensorNames).isSuperset(of: [
        "token_embd.weight", "output.weight", "position_ids", "mask",
      ]))
    #expect(throws: CheckpointError.self) { try checkpoint.tensor("position_ids") }
    let file = try MappedFile(path: path("module.bin"))
    #expect(checkpoint.sha256() == file.sha256())
  }

  @Test func typesAndParts() throws {
    let checkpoint = try Checkpoint.open(path("types.bin"))
    for (name, expected) in [
      ("half.weight", rows(4, 3, from: 2)), ("brain.weight", rows(4, 3, from: 3)),
      ("parameter.weight", rows(2, 3, from: 5)),
      ("rows.weight", rows(2, 3, from: 2.5)), ("scalar", Matrix(rows: 1, columns: 1, elements: [1.5])),
    ] {
      #expect(try checkpoint.tensor(name).dequantised() == expected, "\(name)")
    }
    let empty = #expect(throws: CheckpointError.self) { try checkpoint.tensor("empty") }
    #expect(empty?.description.contains("holds no numbers") == true)
  }

  @Test func shardsAndFoldersAreRead() throws {
    let checkpoint = try Checkpoint.open(path("sharded"))
    #expect(try checkpoint.inputEmbedding.dequantised() == rows(5, 3, from: 1))
    #expect(try checkpoint.tensor("output_norm.weight").dequantised().elements == [1, 1, 1])
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(atPath: path("module.bin"), toPath: folder.file("pytorch_model.bin"))
    #expect(try Checkpoint.open(folder.path).inputEmbedding.rows == 5)
    // safetensors, where they lie beside it, are what transformers takes too.
    let index = try String(contentsOfFile: path("sharded/pytorch_model.bin.index.json"), encoding: .utf8)
    let broken = try TemporaryFolder()
    try broken.write(index, to: "pytorch_model.bin.index.json")
    let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(broken.path) }
    #expect(
      error?.description.contains("pytorch_model-00001-of-00002.bin") == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("command.bin", "posix.system"), ("transposed.bin", "row after row"), ("trainer.bin", "\"epoch\""),
    ("old.bin", "save_pretrained"),
  ]) func whatIsNoStateDictIsRefusedByName(name: String, words: String) throws {
    let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(path(name)) }
    #expect(
      error?.kind == .badInput && error?.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(!FileManager.default.fileExists(atPath: "/tmp/executed"))
  }

  /// Any byte of the pickle may be another: an error, or tensors inside the file.
  @Test func damageDoesNotTrap() throws {
    let whole = [UInt8](try Data(contentsOf: URL(filePath: path("module.bin"))))
    let archive = try ZipArchive(path: path("module.bin"))
    let pickle = try #require(archive.members.first { $0.name.hasSuffix("data.pkl") })
    let place = try archive.storedBytes(of: pickle)
    let folder = try TemporaryFolder()
    var read = 0
    for position in place {
      for bit in [0, 2, 5, 7] {
        var bytes = whole
        bytes[position] ^= 1 << UInt8(bit)
        // Whoever forges a pickle forges its CRC-32 too.
        let sum = Compressed.crc32(Array(bytes[place]))
        for (found, at) in checksums(of: pickle.name, in: bytes) where found {
          replace(&bytes, at: at, with: sum)
        }
        let checkpoint = try? Checkpoint.open(folder.write(bytes, to: "x.bin"))
        for name in checkpoint?.tensorNames ?? [] {
          read += 1
          _ = try? checkpoint?.tensor(name).dequantised()
        }
      }
    }
    #expect(read > 0)
  }

  /// Where the CRC-32 of a member stands in the directory.
  private func checksums(of name: String, in bytes: [UInt8]) -> [(Bool, Int)] {
    bytes.indices.filter { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) }.map { place in
      (bytes[(place + 46)...].starts(with: name.utf8), place + 16)
    }
  }

  private func replace(_ bytes: inout [UInt8], at place: Int, with sum: UInt32) {
    for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * index)) }
  }
}
