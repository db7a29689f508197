internal import Checkpoints
package import Files
package import Steering
internal import Stores
internal import Tensors

/// One row of a file of any kind that holds matrices, and what the file says of its space.
package struct FileRow {
  package let numbers: [Float]
  /// Rows of the matrix.
  package let rows: Int
  /// What was read, for errors.
  package let what: String
  /// Where the file says it.
  package let space: PointSpace?
  /// SHA-256 of the model's file, where the file says it.
  package let model: ModelIdentity?
}

/// Why a row can't be had, before the place in the expression is known.
package enum FileRowFault: Error {
  case row(Int, rows: Int, what: String)
  case failure(any Failure)
}

extension FileRow {
  /// Opens the file by its first bytes and reads one row; negative rows count from the end.
  ///
  /// - Throws: `FileRowFault`.
  package init(_ name: PointExpression.RowName) throws(FileRowFault) {
    do {
      let kind = try FileKind(path: name.path)
      switch kind {
      case .hdf5: self = try Self.hdf5(name)
      case .numpy: self = try Self.numpy(name)
      case .safetensors, .steeringVector: self = try Self.safetensors(name)
      default:
        throw FileError.otherKind(
          path: name.path, expected: "a store or a dataset (HDF5), a NumPy array or a safetensors file",
          actual: kind.words,
          remedy: kind == .gguf ? "import it, and take token:#ROW of the model" : kind.remedy)
      }
    } catch let fault as FileRowFault {
      throw fault
    } catch let failure as any Failure {
      throw .failure(failure)
    } catch {
      throw .failure(FileError.system(path: name.path, operation: "read", reason: "\(error)"))
    }
  }

  /// The number of a row from the front.
  private static func place(_ row: Int, of rows: Int, _ what: String) throws(FileRowFault) -> Int {
    let place = row < 0 ? rows + row : row
    guard (0..<rows).contains(place) else { throw .row(row, rows: rows, what: what) }
    return place
  }

  /// Throws unless the one name that there is was given, or there is one.
  private static func choose(_ name: String?, among names: [String], path: String, what: String)
    throws(FileError) -> String
  {
    let list = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", … (\(names.count))" : "")
    if let name {
      guard names.contains(name) else {
        throw .entry(
          path: path, place: "\(what) \(name)",
          expected: list.isEmpty ? "none: the file has no matrix" : "one of \(list)",
          actual: "no such one\(suggestion(for: name, among: names))")
      }
      return name
    }
    guard names.count == 1 else {
      throw .entry(
        path: path, place: what, expected: "its name behind the path, as in row:FILE:NAME#0; it has \(list)",
        actual: "no name")
    }
    return names[0]
  }

  private static func numpy(_ name: PointExpression.RowName) throws -> FileRow {
    guard name.element == nil else {
      throw FileError.entry(
        path: name.path, place: "array", expected: "row:FILE.npy#ROW, an array has no name",
        actual: name.element ?? "")
    }
    let file = try NumpyFile(path: name.path)
    guard !file.isText else {
      throw FileError.entry(
        path: name.path, place: "array", expected: "<f2, <f4 or <f8 (floating point)", actual: "text")
    }
    let row = try place(name.row, of: file.rows, name.path)
    return FileRow(numbers: file.row(row), rows: file.rows, what: "\(name.path)", space: nil, model: nil)
  }

  private static func safetensors(_ name: PointExpression.RowName) throws -> FileRow {
    let file = try SafetensorsFile(path: name.path)
    let tensor = try choose(name.element, among: file.tensorNames, path: name.path, what: "tensor")
    let matrix = try file.tensor(tensor)
    let what = "\(name.path): \(tensor)"
    let row = try place(name.row, of: matrix.rows, what)
    return FileRow(
      numbers: matrix.selecting(rows: [row]).elements, rows: matrix.rows, what: what, space: nil, model: nil)
  }

  private static func hdf5(_ name: PointExpression.RowName) throws -> FileRow {
    if (try? StoreFile.inspect(name.path))?.element("/embedding/input") != nil {
      return try store(name)
    }
    let file: HDF5Matrices
    do throws(StoreError) { file = try .open(name.path) } catch {
      throw FileError.otherKind(
        path: name.path,
        expected: "a store, or an HDF5 file that holds nothing but F32, I32, I64, U8 and text",
        actual: "\(error)",
        remedy:
          "write it anew with h5py.File(path, \"w\", libver=\"v110\") and without filters, or as a NumPy array"
      )
    }
    let dataset = try choose(name.element, among: file.names, path: name.path, what: "dataset")
    let what = "\(name.path): \(dataset)"
    let rows = file.rows(of: dataset)
    let row = try place(name.row, of: rows, what)
    return FileRow(
      numbers: try file.row(row, of: dataset), rows: rows, what: what, space: nil, model: nil)
  }

  /// A row of a store of ours, which says its model and its space.
  private static func store(_ name: PointExpression.RowName) throws -> FileRow {
    let store = try EmbeddingStore.open(name.path)
    let element = try choose(
      name.element ?? "input", among: ["input", "output"], path: name.path, what: "matrix")
    let row = try place(name.row, of: store.vocabularySize, name.path)
    let numbers =
      try element == "input" ? store.readInput(rows: row..<row + 1) : store.readOutput(rows: row..<row + 1)
    return FileRow(
      numbers: numbers.elements, rows: store.vocabularySize, what: "\(name.path): \(element)",
      space: element == "input" ? .input : .output,
      model: ModelIdentity(
        name: store.provenance.modelName, hash: store.provenance.sourceSHA256,
        tokenizerHash: store.provenance.tokenizerSHA256))
  }
}
