import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

/// What a word for a model leads to.
@Suite struct ModelLibraryTests {
  private let folder: TemporaryFolder
  private let library: ModelLibrary
  private let commit = String(repeating: "a1", count: 20)

  init() throws {
    folder = try TemporaryFolder()
    library = ModelLibrary(
      catalog: try Catalog.parse(TinyCatalog.text(), path: "c.yaml"), folder: folder.path,
      cache: HuggingFaceCache(root: folder.path + "/hub"))
  }

  private func write(_ bytes: [UInt8], to name: String) throws -> String {
    let path = folder.path + "/" + name
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    return try folder.write(bytes, to: name)
  }

  private func place(_ word: String, at path: String? = nil) throws -> ModelSource.Place {
    try library.find(word, at: path).meant
  }

  @Test func anIDOfTheCatalogIsItsFile() throws {
    let path = folder.path + "/tiny.gguf"
    #expect(throws: CheckpointError.notFetched(id: "tiny", path: path)) { try library.find("tiny") }
    _ = try write([1], to: "tiny.gguf")
    #expect(try place("tiny") == ModelSource.Place(path, isStore: false, sha256: TinyCatalog.hash))
  }

  @Test func pathsAreStoresOrCheckpoints() throws {
    let store = try write(FileKind.hdf5Signature, to: "elsewhere/odd-name")
    let damaged = try write([0, 1, 2], to: "elsewhere/damaged.h5")
    let file = try write(Array("GGUF".utf8), to: "elsewhere/m.gguf")
    #expect(try place(store) == ModelSource.Place(store, isStore: true))
    #expect(try place(damaged).isStore)
    #expect(try place(file) == ModelSource.Place(file, isStore: false))
    #expect(try place(folder.path + "/elsewhere").isStore == false)
  }

  @Test func aRepositoryIsTheSnapshotOfItsMainBranch() throws {
    let repository = "hub/models--org--name"
    let file = try write([1], to: "\(repository)/snapshots/\(commit)/config.json")
    _ = try write([1], to: "\(repository)/snapshots/\(String(repeating: "b2", count: 20))/config.json")
    _ = try write(Array((commit + "\n").utf8), to: "\(repository)/refs/main")
    #expect(try place("org/name").path == (file as NSString).deletingLastPathComponent)
    #expect(ModelName.of(try place("org/name").path) == "name" && ModelName.of("org/name") == "name")
  }

  /// The order is that of the models folder, the catalog, paths, the cache; what is passed over is kept.
  @Test func aNameOfTheModelsFolderGoesFirst() throws {
    let path = try write([1], to: "here/tiny/config.json")
    let here = (path as NSString).deletingLastPathComponent
    let file = try write([1], to: "tiny.gguf")
    #expect(try place("tiny", at: here).path == file)
    let store = try write(FileKind.hdf5Signature, to: "tiny.h5")
    let found = try library.find("tiny", at: here)
    #expect(found.meant == ModelSource.Place(store, isStore: true))
    #expect(found.others.map(\.path) == [file, here])
    #expect(
      found.ambiguity(found.others[1]) == "tiny is \(store); there is \(here) too: write \(here) for that one"
    )
    #expect(found.checkpoints?.meant.path == file && found.checkpoints?.others.map(\.path) == [here])
    #expect(try library.find(store).checkpoints == nil)
    // Two names of one file are not two files.
    #expect(try library.find("tiny", at: store).others.map(\.path) == [file])
  }

  @Test func aFolderOfTheModelsFolderGoesByItsName() throws {
    let config = try write([1], to: "mini/config.json")
    let own = (config as NSString).deletingLastPathComponent
    let file = try write(Array("GGUF".utf8), to: "m.gguf")
    #expect(try place("mini") == ModelSource.Place(own, isStore: false) && place("m.gguf").path == file)
    #expect(library.known == ["tiny", "mini"])
    #expect(try place(".").path == ".", "a path, and none of the models folder")
    let store = try write(FileKind.hdf5Signature, to: "mini.h5")
    let found = try library.find("mini")
    #expect(found.meant.path == store && found.checkpoints?.meant.path == own)
  }

  @Test func whatIsUnknownIsAnsweredWithWhatIsKnown() throws {
    _ = try write([1], to: "mine.h5")
    _ = try write([1], to: "mine.knn10-01234567.h5")
    #expect(throws: CheckpointError.unknownModel(name: "org/none", known: ["tiny", "mine"])) {
      try library.find("org/none")
    }
    let error = #expect(throws: CheckpointError.self) { try library.find("mime") }
    #expect(error?.description.hasSuffix("; did you mean \"mine\"?") == true)
    let nothing = CheckpointError.unknownModel(name: "x", known: []).description
    #expect(nothing.contains("give the path") && !nothing.contains(": ,") && !nothing.hasSuffix(": "))
  }
}
