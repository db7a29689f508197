/// The matrices of an HDF5 file that another tool wrote, such as h5py: every dataset of F32 with two dimensions, or one, which
/// is one row.
///
/// The structure is checked as that of our own files is: what could reach outside the file or run foreign code is refused, and so
/// is a file with elements of other types than ours. It has no seal, so damage in it can take the process down inside
/// the HDF5 library: only for files that you trust.
package struct HDF5Matrices: Sendable {
  private let description: FileDescription
  private let file: SharedFile

  /// Open files are handed around by reference.
  private final class SharedFile: Sendable {
    let file: HDF5File
    init(_ file: consuming HDF5File) { self.file = file }
  }

  /// - Throws: `StoreError` naming what is damaged, unknown or refused.
  package static func open(_ path: String) throws(StoreError) -> HDF5Matrices {
    let checked = try StoreReader.check(path, true)
    let file = try HDF5File.open(path: path)
    let description = try StructureReader.describe(
      file, checked.bytes, checked.superblock, variableText: true)
    return HDF5Matrices(description: description, file: SharedFile(file))
  }

  /// Paths of the matrices, without the leading slash.
  package var names: [String] { matrices.map { String($0.path.dropFirst()) } }

  private var matrices: [FileDescription.Element] {
    description.elements.filter {
      $0.type == Float.typeName && (1...2).contains($0.shape.count) && !$0.shape.contains(0)
    }
  }

  private func matrix(_ name: String) -> FileDescription.Element {
    guard let found = matrices.first(where: { $0.path == "/\(name)" }) else {
      preconditionFailure("\(name) is none of \(names)")
    }
    return found
  }

  /// - Precondition: one of `names`.
  package func rows(of name: String) -> Int {
    let shape = matrix(name).shape
    return shape.count == 1 ? 1 : shape[0]
  }

  /// One row. It may hold NaN: what that means is the caller's to say.
  /// - Precondition: one of `names`, and one of its rows.
  package func row(_ row: Int, of name: String) throws(StoreError) -> [Float] {
    let element = matrix(name)
    if element.shape.count == 1 {
      return try file.file.read(element.path, of: Float.self, rows: 0..<element.shape[0], columns: 1)
    }
    return try file.file.read(element.path, of: Float.self, rows: row..<row + 1, columns: element.shape[1])
  }
}
