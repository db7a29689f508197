import Checkpoints
import Files
import Foundation
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers

/// HDF5 of other tools in their default structure, AnnData's above all, without the HDF5 library.
@Suite struct ForeignHDF5Tests {
  private static let names = ["red", "grün", "blau", "日本"]

  private func rows(_ count: Int, _ width: Int, _ element: (Int, Int) -> Float) -> Matrix<Float> {
    Matrix(
      rows: count, columns: width,
      elements: (0..<count).flatMap { row in (0..<width).map { element(row, $0) } })
  }

  @Test(arguments: ["words.h5ad", "packed.h5ad", "nullable.h5ad"]) func annData(name: String) throws {
    let expected = rows(4, 3) { Float($0 + 1) + Float($1) / 4 }
    #expect(try NamedVectors.read(golden(name)) == NamedVectors(names: Self.names, vectors: expected))
    let other = try NamedVectors.read(golden(name) + ":obsm/X_pca")
    #expect(
      other == NamedVectors(names: Self.names, vectors: rows(4, 2) { 2 * (Float($0 + 1) + Float($1) / 4) }))
    let checkpoint = try Checkpoint.open(golden(name), names: nil)
    #expect(try checkpoint.vocabulary().tokens[1].bytes == Array(" grün".utf8))
    let error = #expect(throws: StoreError.self) { try NamedVectors.read(golden(name) + ":obsm/none") }
    #expect(error?.description.contains("X, obsm/X_pca") == true, "\(error?.description ?? "")")
  }

  /// A row whose name is missing has none.
  @Test func aMaskedNameIsRefused() throws {
    let error = #expect(throws: StoreError.self) { try NamedVectors.read(golden("masked.h5ad")) }
    #expect(error?.kind == .badInput)
    #expect(
      error?.description.contains("name of row 2: expected text, found none: it is masked") == true,
      "\(error?.description ?? "")")
  }

  @Test func sparseMatricesAreRefusedByName() throws {
    let error = #expect(throws: StoreError.self) { try NamedVectors.read(golden("sparse.h5ad")) }
    #expect(error?.kind == .badInput, "\(error?.description ?? "")")
    for words in ["/X", "sparse matrix (csr_matrix)", "toarray"] {
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  /// Chunks that end outside the matrix, shuffled and deflated; doubles; names of the same number, of either kind of text.
  @Test func otherFilesOfH5py() throws {
    let path = try golden("classic.h5")
    let numbers = rows(7, 5) { Float($0 * 5 + $1 + 1) }
    let chunked = try NamedVectors.read(path + ":emb/rows")
    #expect(chunked == NamedVectors(names: (0..<7).map { "w\($0)" }, vectors: numbers))
    let wide = try NamedVectors.read(path + ":wide")
    #expect(wide == NamedVectors(names: (0..<5).map { "w\($0)" }, vectors: numbers.transposed()))
    let unnamed = #expect(throws: FileError.self) { try NamedVectors.read(path) }
    #expect(unnamed?.description.contains("emb/rows, lzf, wide") == true, "\(unnamed?.description ?? "")")
    let filtered = #expect(throws: StoreError.self) { try NamedVectors.read(path + ":lzf") }
    #expect(filtered?.description.contains("filter 32000") == true, "\(filtered?.description ?? "")")
  }

  @Test func whatOtherToolsWroteIsNoStore() throws {
    let folder = try TemporaryFolder()
    let library = ModelLibrary(
      catalog: try Catalog.parse(TinyCatalog.text(), path: "c.yaml"), folder: folder.path)
    for (name, isStore) in [
      ("words.h5ad", false), ("classic.h5", false), ("classic.h5:wide", false), ("good.h5", true),
      ("version-1.h5", true),
    ] {
      let path = name.contains(":") ? try golden("classic.h5") + ":wide" : try golden(name)
      #expect(try library.find(path).meant.isStore == isStore, "\(name)")
    }
  }

  /// Nothing in such a file carries a checksum: damage is an error or other numbers, never a trap.
  @Test(arguments: ["packed.h5ad", "nullable.h5ad", "classic.h5"]) func damageDoesNotTrap(name: String) throws
  {
    let whole = [UInt8](try Data(contentsOf: URL(filePath: try golden(name))))
    let folder = try TemporaryFolder()
    let element = name == "classic.h5" ? ":emb/rows" : ""
    var faults = 0
    for place in stride(from: 8, to: whole.count, by: 11) {
      for value in [0xFF, whole[place] ^ 1] as [UInt8] {
        var changed = whole
        changed[place] = value
        let path = try folder.write(changed, to: "x.h5ad")
        if (try? NamedVectors.read(path + element)) == nil { faults += 1 }
      }
    }
    for count in stride(from: 0, to: whole.count, by: 997) {
      let path = try folder.write(Array(whole[..<count]), to: "x.h5ad")
      if (try? NamedVectors.read(path + element)) == nil { faults += 1 }
    }
    #expect(faults > 20)
  }
}
