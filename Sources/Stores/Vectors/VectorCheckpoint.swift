public import Checkpoints
internal import Files
internal import Foundation
internal import Tensors

extension Checkpoint {
  /// Opens whatever an embedding can be imported from: a model's file or folder, or vectors with names (``NamedVectors``).
  ///
  /// Names that a file of vectors lacks are looked for beside it: of `NAME.npy` in `NAME.names`, `NAME.names.txt` and `NAME.names.npy`.
  /// Cost: vectors are read whole, as F32.
  /// - Parameter names: a file with the names of the rows of vectors, see ``NamedVectors/names(path:)``; nil where they have their own.
  /// - Throws: `StoreError`, as opening the model or reading the vectors does.
  public static func open(_ path: String, names: String?) throws(StoreError) -> Checkpoint {
    guard names != nil || holdsVectors(path) else {
      return try checkpointErrors { () throws(CheckpointError) in try Checkpoint.open(path) }
    }
    let (file, _) = NamedRows.parts(of: path)
    let beside = names == nil ? namesBeside(file) : nil
    do {
      let read = try NamedVectors.unchecked(path, names: names ?? beside)
      return Checkpoint(
        NamedRows(
          names: read.names, vectors: read.vectors,
          files: try ([file] + [names ?? beside].compactMap { $0 }).map { try MappedFile(path: $0) },
          remarks: beside.map { ["took the names of the rows from \($0)"] } ?? []), path: path)
    } catch let error as StoreError {
      throw error
    } catch let error as CheckpointError {
      throw .checkpoint(error)
    } catch let error as FileError {
      throw .file(error)
    } catch let error as TensorError {
      throw .checkpoint(.tensor(error))
    } catch {
      throw .file(.system(path: path, operation: "read", reason: "\(error)"))
    }
  }

  /// Whether a path leads to vectors with names and not to a model: told from the first bytes; of text, from its name or its first line.
  static func holdsVectors(_ path: String) -> Bool {
    let (file, element) = NamedRows.parts(of: path)
    guard let kind = try? FileKind(path: file) else { return false }
    switch kind {
    case .numpy, .wordVectors, .binaryWordVectors, .hdf5: return true
    case .zip: return !FileKind.isPickle(named: file)
    // Prose and settings may begin with a word and a number as well.
    case .text:
      return [".csv", ".tsv", ".vec"].contains(where: file.lowercased().hasSuffix)
        || file.lowercased().hasSuffix(".txt") && (try? WordVectors.fills(file)) == true
    default: return element != nil
    }
  }

  /// The file of names that lies beside a NumPy array.
  private static func namesBeside(_ file: String) -> String? {
    guard file.hasSuffix(".npy") else { return nil }
    return [".names", ".names.txt", ".names.npy"].map { file.dropLast(".npy".count) + $0 }
      .first { FileManager.default.fileExists(atPath: $0) }
  }
}
