import Checkpoints
import Foundation
import Stores
import Tensors
import TestSupport
import Testing

/// What a folder holds, each model once.
@Suite struct ModelFolderTests {
  private let header = #"{"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}"#

  private var safetensors: [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> ($0 * 8)) } + Array(header.utf8) + [
      0, 0, 0, 0,
    ]
  }

  private func make(_ name: String, in folder: TemporaryFolder) throws {
    try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
  }

  @Test func everyModelIsListedOnce() throws {
    let folder = try TemporaryFolder()
    for name in ["hf", "notes", "hub"] { try make(name, in: folder) }
    try folder.write(safetensors, to: "hf/model.safetensors")
    try folder.write("{}", to: "hf/config.json")
    try folder.write(safetensors, to: "m.safetensors")
    try folder.write("the 1 2 3 4\nof 5 6 7 8\n", to: "w.txt")
    try folder.write("nothing", to: "notes/readme.txt")
    try folder.write("catalog: 1\n", to: "catalog.yaml")
    try folder.write([1, 2], to: "big-00002-of-00003.gguf")
    try folder.write([1, 2, 3], to: "big-00003-of-00003.gguf")
    try folder.write([1], to: "M.gguf")
    try content().write(to: folder.file("s.h5"))
    let models = try ModelFolder(folder.path)
    #expect(models.entries.map(\.name) == ["M", "big", "hf", "m", "s", "w"])
    #expect(
      models.entries.map(\.kind) == ["GGUF", "GGUF in 3 parts", "folder", "safetensors", "store", "vectors"])
    let big = models.entries[1]
    #expect(big.bytes == 5 && big.fault != nil && big.path.hasSuffix("big-00002-of-00003.gguf"))
    #expect(models.entries[0].fault != nil && models.entries[2].fault == nil)
    #expect(models.entries[3].quantisation == "F32" && models.entries[4].architecture == "llama")
    #expect(models.sharedNames == ["m"])
    // The folder of a model is that model.
    let own = try ModelFolder(folder.file("hf"))
    #expect(own.entries.map(\.name) == ["hf"] && own.entries[0].fault == nil)
    #expect(throws: (any Error).self) { try ModelFolder(folder.file("none")) }
  }
}
