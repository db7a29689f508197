import Checkpoints
import Files
import Foundation
import Tensors
import TestSupport
import Testing

/// What a file is, said by every reader that was given it in place of its own kind.
@Suite struct FileKindTests {
  private static let header = #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#

  static let files: [(bytes: [UInt8], kind: FileKind)] = [
    (GGUFBuilder.valid.bytes, .gguf),
    (
      Array("GGUF".utf8) + le(UInt32(3)) + sized("general.architecture") + sized("controlvector"),
      .controlVector
    ),
    (safetensors(header, data: 1), .safetensors),
    (
      safetensors(#"{"__metadata__":{"format":"sextant-steering-vector/1"},"# + header.dropFirst(), data: 1),
      .steeringVector
    ),
    ([0x89] + Array("HDF\r\n".utf8) + [0x1A, 0x0A, 0, 0], .hdf5),
    ([0x80, 2] + Array("}q".utf8) + [0], .pickle),
    (Array("PK".utf8) + [3, 4, 0, 0] + Array("archive/data.pkl".utf8), .zippedPickle),
    (Array("PK".utf8) + [3, 4, 0, 0] + Array("a.npy".utf8), .zip),
    ([0x93] + Array("NUMPY".utf8) + [1, 0], .numpy),
    ([0x1F, 0x8B, 8, 0], .compressed("gzip")), ([0x28, 0xB5, 0x2F, 0xFD, 0], .compressed("zstd")),
    (Array("lmgg".utf8) + [1, 0, 0, 0], .oldGGML),
    (Array("<!DOCTYPE html><html></html>".utf8), .webPage), (Array("\n <HTML>".utf8), .webPage),
    ([0xEF, 0xBB, 0xBF] + Array("<html>".utf8), .webPage), (Array("<?xml version".utf8), .webPage),
    (
      Array("version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 98362432\n".utf8),
      .gitLFSPointer(size: "98362432")
    ),
    (Array(" {\"a\": 1}".utf8), .json), (Array("[1]".utf8), .json),
    (Array("the 0.1 -0.2 3e-4 0.5 1\nof 0.1 0.2 0.3 0.4 0.5\n".utf8), .wordVectors),
    (Array("400000 5\nthe 0.1 -0.2 3e-4 0.5 1\n".utf8), .wordVectors),
    (Array("3 2\nthe ".utf8) + [0, 0, 0x80, 0xBF], .binaryWordVectors),
    ([0xBA, 0x16, 0x4F, 0x2F, 12, 0, 0, 0], .fastText),
    (Array("Once upon a time, ä.\n".utf8), .text),
    ([0xFF, 0xFE] + Array("a".utf8) + [0], .wideText), ([], .empty), ([0, 1, 2, 3], .unknown),
    (Array(repeating: 0xC3, count: 40), .unknown),
  ]

  @Test(arguments: files.indices) func kinds(index: Int) {
    let (bytes, kind) = Self.files[index]
    #expect(FileKind(bytes) == kind)
    #expect(!kind.words.isEmpty)
  }

  /// The length of a header may begin as another kind of file does: as a pickle, gzip or UTF-16.
  @Test(arguments: [0x0280, 0x0480, 0x8B1F, 0xFEFF]) func headersOfAnyLength(count: Int) {
    let padding = String(repeating: " ", count: count - Self.header.utf8.count)
    #expect(FileKind(safetensors(Self.header + padding, data: 1)) == .safetensors)
  }

  /// A long text whose first 4 KiB end inside a character.
  @Test func headsEndInsideCharacters() {
    for shift in 0..<4 {
      let text = String(repeating: "x", count: shift) + String(repeating: "😀", count: 2000)
      #expect(FileKind(Array(text.utf8)) == .text)
    }
  }

  /// Every reader names what it was given.
  @Test(arguments: files.indices) func readersNameWhatTheyWereGiven(index: Int) throws {
    let (bytes, kind) = Self.files[index]
    guard ![.empty, .unknown].contains(kind) else { return }
    let folder = try TemporaryFolder()
    for name in ["config.json", "tokenizer.json", "model.safetensors", "model.gguf"] {
      try folder.write(bytes, to: name)
    }
    func read(_ own: [FileKind], _ body: () throws -> Void) {
      guard !own.contains(kind) else { return }
      let error = #expect(throws: (any Error).self) { try body() } as? any Failure
      #expect(error?.description.contains(kind.words) == true, "\(error?.description ?? "")")
      if let remedy = kind.remedy { #expect(error?.description.contains(remedy) == true) }
    }
    read([.safetensors, .steeringVector]) {
      _ = try SafetensorsFile(path: folder.path + "/model.safetensors")
    }
    read([.gguf, .controlVector]) { _ = try GGUFFile(path: folder.path + "/model.gguf") }
    read([.json, .text, .wordVectors]) { _ = try JSONReader.read(path: folder.path + "/config.json") }
    read([.text, .json, .wordVectors]) { _ = try Catalog.load(path: folder.path + "/config.json") }
    read([.gguf, .safetensors, .zippedPickle]) { _ = try Checkpoint.open(folder.path + "/model.gguf") }
  }

  /// The largest that is read is no matter for what cannot be read at all.
  @Test func largeFilesAreNamedToo() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Array("GGUF".utf8) + [UInt8](repeating: 0, count: 2 << 20), to: "c.yaml")
    let error = #expect(throws: CheckpointError.self) { try Catalog.load(path: path) }
    #expect(error?.description.contains("found a GGUF file") == true, "\(error?.description ?? "")")
  }

  /// A FIFO would wait for a writer for ever.
  @Test(.timeLimit(.minutes(20))) func onlyRegularFilesAreRead() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/fifo.gguf"
    #expect(unsafe mkfifo(path, 0o600) == 0)
    for read in [
      { _ = try Checkpoint.open(path) }, { _ = try JSONReader.read(path: path) },
      { _ = try Catalog.load(path: path) }, { _ = try SafetensorsFile(path: path) },
    ] as [() throws -> Void] {
      let error = #expect(throws: (any Error).self) { try read() } as? any Failure
      #expect(error?.description.contains("not a regular file") == true)
    }
  }

  @Test func foldersSayWhatTheyHold() throws {
    func message(_ files: [String]) throws -> String {
      let folder = try TemporaryFolder()
      for file in files {
        let parent = (folder.path + "/" + file as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try folder.write("{}", to: file)
      }
      let error = #expect(throws: CheckpointError.self) { try Checkpoint.open(folder.path) }
      return error?.description ?? ""
    }
    #expect(try message(["model-Q8_0.gguf"]).contains("model-Q8_0.gguf"))
    #expect(try message(["a.safetensors", "b.safetensors"]).contains("a.safetensors, b.safetensors"))
    #expect(try message(["adapter_config.json", "adapter_model.safetensors"]).contains("merge_and_unload"))
    #expect(try message(["checkpoint-1000/config.json", "x/y"]).contains("/checkpoint-1000"))
    #expect(try message(["pytorch_model.bin"]).contains("save_pretrained"))
    #expect(try message(["README.md"]).contains("model.safetensors is missing"))
  }
}
