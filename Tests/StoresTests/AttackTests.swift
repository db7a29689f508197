import Files
import Foundation
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers

@Suite struct AttackTests {
  /// Everything that a user may do with a store.
  private func use(_ path: String, allowUnsealed: Bool = true) throws {
    let store = try EmbeddingStore.open(path, allowUnsealed: allowUnsealed)
    _ = try store.readInput()
    _ = try store.readOutput()
    _ = try store.readTokens()
  }

  @Test func readsAStoreThatH5pyWrote() throws {
    let path = try golden("good.h5")
    #expect(storeError { _ = try EmbeddingStore.open(path) } == .unsealed(path: path))
    let store = try EmbeddingStore.open(path, allowUnsealed: true)
    #expect(try store.readInput().elements == (0..<12).map { Float($0) / 8 })
    #expect(
      try store.readTokens() == [
        Token(id: 0, form: "<s>", bytes: [], kind: .control),
        Token(id: 1, form: "▁the", bytes: Array(" the".utf8), kind: .normal),
        Token(id: 2, form: "é", bytes: [0xC3], kind: .byte),
      ])
    // Without our seal it can be read, but not vouched for.
    #expect(storeError { try store.verify() } == .unsealed(path: path))
  }

  @Test(arguments: [
    ("external-link.h5", "/embedding/input", "a soft or external link"),
    ("soft-link.h5", "/embedding/output", "a soft or external link"),
    ("virtual.h5", "/embedding/input", "a virtual dataset"),
    ("elsewhere.h5", "/embedding/input", "a dataset whose bytes are in another file"),
    ("gzip.h5", "/embedding/input", "a filter (compression, checksum or other)"),
    ("cycle.h5", "/embedding/again", "a second link to one object"),
  ])
  func refuses(_ name: String, element: String, what: String) throws {
    let path = try golden(name)
    #expect(storeError { try use(path) } == .refused(path: path, element: element, what: what))
    #expect(
      storeError { _ = try StoreFile.inspect(path, allowUnsealed: true) }
        == .refused(path: path, element: element, what: what))
  }

  @Test(arguments: [
    ("huge.h5", "/embedding/input"), ("compound.h5", "/embedding/input"), ("nan.h5", "/embedding/input"),
    ("no-input.h5", "/embedding/input"), ("wrong-type.h5", "/embedding/input"),
    ("no-digest.h5", "/embedding/input"), ("too-few-tokens.h5", "/tokens/form"),
    ("sealed-wrong-kind.h5", "/tokens/kind"), ("sealed-wrong-offset.h5", "/tokens/bytes"),
  ])
  func malformed(_ name: String, element: String) throws {
    let path = try golden(name)
    guard case .malformed(path, element, _, let expected, let actual)? = storeError({ try use(path) }) else {
      Issue.record("\(name): \(storeError { try use(path) }?.description ?? "was read")")
      return
    }
    #expect(expected != actual)
  }

  /// As many strings as its first dimension says were made room for, and as many as it has were written.
  @Test(arguments: ["text-rank-2.h5", "text-rank-2-wide.h5"])
  func textOfTwoDimensionsIsRefused(_ name: String) throws {
    let path = try golden(name)
    for error in [storeError { try use(path) }, storeError { try StoreFile.verify(path) }] {
      guard case .malformed(path, "/tokens/form", "dimensions of text", _, _)? = error else {
        Issue.record("\(name): \(error?.description ?? "was read")")
        continue
      }
    }
  }

  /// What `verify` calls intact can be used: an offset, a kind, a number that the digests agree with is still wrong.
  @Test(arguments: ["sealed-wrong-offset.h5", "sealed-wrong-kind.h5", "sealed-nan.h5", "sealed-no-data.h5"])
  func verifyReadsAsAUserWould(_ name: String) throws {
    let path = try golden(name)
    guard case .malformed? = storeError({ try StoreFile.verify(path) }) else {
      Issue.record("\(name): \(storeError { try StoreFile.verify(path) }?.description ?? "intact")")
      return
    }
  }

  /// The numbers are not those of the digest, but nothing else is wrong: reading is enough to find it.
  @Test func numbersAreHeldAgainstTheirDigestWhenTheyAreRead() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    try content(seed: 3).write(to: path)
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let number = unsafe randomMatrix(rows: 6, columns: 5, seed: 3).elements.withUnsafeBytes {
      unsafe Array($0)
    }
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: number) })
    bytes[start + 2] ^= 1
    try Data(try #require(Seal.renewed(bytes))).write(to: URL(fileURLWithPath: path))
    for rows in [nil, 2..<3] {
      guard
        case .corrupt(path, "/embedding/input", _, _)? = storeError({
          _ = try EmbeddingStore.open(path).readInput(rows: rows)
        })
      else {
        Issue.record("read a flipped number")
        continue
      }
    }
    _ = try EmbeddingStore.open(path).readOutput()
  }

  /// HDF5 marks a file that is open for writing; so does a lock.
  @Test func aStoreThatIsBeingWrittenIsInUse() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    try content().write(to: path)
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    bytes[11] = 1
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    #expect(storeError { _ = try EmbeddingStore.open(path) } == .inUse(path: path))
    bytes[11] = 0
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    #expect(flock(handle.fileDescriptor, LOCK_EX) == 0)
    #expect(storeError { _ = try EmbeddingStore.open(path) } == .inUse(path: path))
    try handle.close()
    _ = try EmbeddingStore.open(path)
  }

  /// Heaps of a file of version 1, each byte of them changed: no text is read that is not in its object.
  @Test func heapsOfOldFilesAreChecked() throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: try golden("version-1.h5"))))
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    let heap = try #require(bytes.indices.first { bytes[$0...].starts(with: "GCOL".utf8) })
    var refused = 0
    for position in heap + 4..<heap + 256 {
      var changed = bytes
      changed[position] = changed[position] == 0xFF ? 0 : 0xFF
      try Data(try #require(Seal.renewed(changed))).write(to: URL(fileURLWithPath: path))
      if storeError({ try use(path) }) != nil { refused += 1 }
    }
    // Reserved bytes and reference counts mean nothing; sizes, indices and the text itself do.
    #expect(refused > 150)
  }

  @Test func treeDeeperThanOursIsLeft() throws {
    let path = try golden("deep.h5")
    guard case .malformed(path, _, "size of the tree", _, _)? = storeError({ try use(path) }) else {
      Issue.record("walked a tree of 20 levels")
      return
    }
  }

  @Test func futureVersionNamesElementAndWriter() throws {
    let path = try golden("future-version.h5")
    #expect(
      storeError { try use(path) }
        == .encoding(
          path: path, element: "/",
          expected:
            "sextant-embeddings 2.0.0, sextant-embeddings 1.0.0, sextant-alignment 2.0.0, sextant-alignment 1.0.0, "
            + "sextant-neighbours 2.0.0, sextant-neighbours 1.0.0, sextant-tokens 2.0.0, "
            + "sextant-training 2.0.0, sextant-lens 2.0.0, sextant-domain 2.0.0, sextant-elm 2.0.0, "
            + "sextant-activations 2.0.0",
          actual: "sextant-embeddings 9.0.0", writer: "h5py"))
    let other = try golden("unknown-encoding.h5")
    guard case .encoding(_, "/extra", _, "dataframe 0.2.0", "h5py")? = storeError({ try use(other) }) else {
      Issue.record("read an element of an unknown encoding")
      return
    }
  }

  @Test func errorsSpeakTheLibrarysWords() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("no.h5")
    try Data("this is no HDF5 file".utf8).write(to: URL(fileURLWithPath: path))
    let text = "\(storeError { try use(path) }.map { "\($0)" } ?? "")"
    #expect(text.contains("expected a store (HDF5), found plain text"), "\(text)")
    guard case .file(.system(_, "open", _))? = storeError({ try use(folder.file("absent.h5")) }) else {
      Issue.record("opened a file that is not there")
      return
    }
  }

  @Test func everyTruncationIsFound() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    try content().write(to: path)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    for length in stride(from: 0, to: bytes.count, by: 37) {
      try bytes.prefix(length).write(to: URL(fileURLWithPath: path))
      #expect(throws: StoreError.self, "length \(length)") {
        try use(path, allowUnsealed: false)
        try StoreFile.verify(path)
      }
    }
  }

  /// A changed byte anywhere must be found by `open` or `verify`.
  @Test func everyChangedByteIsFound() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.h5")
    try content().write(to: path)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    func put(_ byte: UInt8, at position: Int) throws {
      try file.seek(toOffset: UInt64(position))
      try file.write(contentsOf: Data([byte]))
    }
    for position in bytes.indices {
      let mask = [UInt8(0xFF), 0x01, 0x80, 0x20][position % 4]
      try put(bytes[position] ^ mask, at: position)
      let error = storeError {
        try use(path, allowUnsealed: false)
        try StoreFile.verify(path)
      }
      #expect(error != nil, "byte \(position) xor \(mask)")
      try put(bytes[position], at: position)
    }
    try StoreFile.verify(path)
  }
}
