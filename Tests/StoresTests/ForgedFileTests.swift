import Checkpoints
import Files
import Foundation
import Stores
import TestSupport
import Testing
import Tokenizers

/// Files that could lead the HDF5 library astray, most of them with checksums that fit: Golden/generate_forged.py. Without
/// the defence the library ends the process for those named `reference`, as release 1.10.8 does.
@Suite struct ForgedFileTests {
  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: try golden(name))))
  }

  private func write(_ bytes: [UInt8], in folder: TemporaryFolder) throws -> String {
    let path = folder.file("a.h5")
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func inspect(_ path: String) -> StoreError? {
    storeError { _ = try StoreFile.inspect(path, allowUnsealed: true) }
  }

  @Test(arguments: [
    ("superblock-0.h5", "/", "a superblock of version 0"),
    ("superblock-extension.h5", "/", "a superblock extension"),
    ("header-1.h5", "/x", "an object header that is not of version 2"),
    ("shared-type.h5", "/x", "a header message that is kept elsewhere"),
    ("many-attributes.h5", "/", "a heap of attributes of more than one block"),
    ("reference-virtual.h5", "/embedding/input", "a virtual dataset"),
  ])
  func formsThatAreNotOursAreRefused(_ name: String, element: String, what: String) throws {
    let path = try golden(name)
    let error = inspect(path)
    #expect(error == .refused(path: path, element: element, what: what))
    #expect(error?.description.contains("import the checkpoint again") == true)
  }

  /// The library finds an HDF5 file behind such a block, and counts addresses from there.
  @Test func aBlockOfTheUsersIsRefused() throws {
    let folder = try TemporaryFolder()
    let old = try bytes("version-1.h5")
    let path = try write([UInt8](repeating: 0, count: 512) + old.dropLast(Seal.byteCount), in: folder)
    for error in [inspect(path), storeError { try StoreFile.convert(path, to: folder.file("b.h5")) }] {
      guard case .file(.otherKind)? = error else {
        Issue.record("\(error?.description ?? "was read")")
        continue
      }
    }
  }

  /// A flag in the dataspace, bytes of no meaning before the value, a message of the oldest form.
  @Test(arguments: [
    ("reference-flags.h5", "/@encoding-type"), ("reference-slack.h5", "/@encoding"),
    ("reference-old-message.h5", "/embedding@note"),
  ])
  func referencesOfAttributesMustNameAnObject(_ name: String, element: String) throws {
    let path = try golden(name)
    let error = inspect(path)
    guard case .malformed(path, element, "text 0", _, _)? = error else {
      Issue.record("\(name): \(error?.description ?? "was read")")
      return
    }
  }

  /// Length 3, address of the heap, index: the form `<s>` of the first token.
  @Test(arguments: [[12: 0xFF, 13: 0x7F], [0: 2], [0: 4], [1: 1], [4: 8], [11: 0x80]] as [[Int: UInt8]])
  func referencesOfDatasetsMustNameAnObject(_ changes: [Int: UInt8]) throws {
    let folder = try TemporaryFolder()
    var changed = try bytes("version-1.h5")
    let heap = try #require(changed.indices.first { changed[$0...].starts(with: "GCOL".utf8) })
    let reference = [3, 0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: heap >> ($0 * 8)) }
    let start = try #require(changed.indices.first { changed[$0...].starts(with: reference) })
    for (offset, byte) in changes { changed[start + offset] = byte }
    let path = try write(try #require(Seal.renewed(changed)), in: folder)
    for read in [
      { _ = try EmbeddingStore.open(path).readTokens() }, { try StoreFile.verify(path) },
      { try StoreFile.convert(path, to: folder.file("b.h5")) },
    ] as [() throws -> Void] {
      guard case .malformed(path, "/tokens/form", _, _, _)? = storeError(read) else {
        Issue.record("\(changes): \(storeError(read)?.description ?? "was read")")
        continue
      }
    }
  }

  /// It would be followed with the dataset's properties.
  @Test func fillValuesOfTextAreNotFollowed() throws {
    let store = try EmbeddingStore.open(try golden("reference-fill.h5"), allowUnsealed: true)
    #expect(try store.readTokens().map(\.form) == ["<s>", "▁the", "é"])
  }

  /// Text in a heap cannot be in a file that says that it has none.
  @Test func newFilesHaveNoTextOfVariableLength() throws {
    let folder = try TemporaryFolder()
    var changed = try bytes("version-1.h5")
    let title = changed.count - Seal.byteCount
    #expect(changed[title...].starts(with: "sextant-seal 1\n".utf8))
    changed[title + 13] = UInt8(ascii: "2")
    let path = try write(changed, in: folder)
    #expect(
      storeError { _ = try EmbeddingStore.open(path) }
        == .refused(path: path, element: "/@encoding-type", what: "text of variable length"))
  }

  /// Another program may write attributes in older forms, among ours.
  @Test func attributesOfOldFormsAreRead() throws {
    let folder = try TemporaryFolder()
    let old = try EmbeddingStore.open(try golden("old-attributes.h5"), allowUnsealed: true)
    #expect(old.provenance.modelName == "renamed")
    #expect(old.fileDescription.element("/embedding")?.attributes["note"] == .text("a note"))
    try StoreFile.convert(old.path, to: folder.file("a.h5"))
    let new = try EmbeddingStore.open(folder.file("a.h5"))
    #expect(try new.provenance == old.provenance && new.readTokens() == old.readTokens())
  }

  /// Twenty groups with one heap, a dozen attributes with one text: seven times the file, three times the file.
  @Test(arguments: ["one-heap.h5", "one-attribute.h5"])
  func attributesTakeNoMoreThanTheFile(_ name: String) throws {
    let error = inspect(try golden(name))
    guard case .malformed(_, _, _, let expected, "more")? = error else {
      Issue.record("\(name): \(error?.description ?? "was read")")
      return
    }
    #expect(expected.contains("at most the file's"))
  }

  /// Thirty forms of 4000 bytes, all the same object, in a file of 15 kB; the digest is right.
  @Test func textsTakeNoMoreThanTheFile() throws {
    let folder = try TemporaryFolder()
    let path = try golden("one-form.h5")
    let error = storeError { try StoreFile.convert(path, to: folder.file("a.h5")) }
    guard case .malformed(path, "/tokens/form", "text 3", let expected, "more")? = error else {
      Issue.record("\(error?.description ?? "was read")")
      return
    }
    #expect(expected.contains("at most the file's"))
  }
}
