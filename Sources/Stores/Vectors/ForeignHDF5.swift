internal import Checkpoints
internal import Files
internal import Tensors

/// AnnData (`.h5ad`) and other HDF5 files of the structure that h5py writes by default: a matrix, and names of its rows.
enum ForeignHDF5 {
  private static let encodingKey = "encoding-type"

  /// - Parameter element: of AnnData `X`, where nothing is given, or another of as many rows, such as `obsm/X_pca`; of other files the dataset,
  ///   where there are several matrices.
  /// - Returns: of AnnData the names of observations; of other files the only list of text that has as many entries, if any.
  static func read(
    _ path: String, _ element: String?, choose: (String?, [String]) throws -> String
  ) throws -> (names: [String]?, vectors: Matrix<Float>) {
    let file = try ClassicHDF5(path: path)
    guard let root = try file.object("") else { preconditionFailure("a file without root") }
    if try file.attribute(encodingKey, of: root) == "anndata" || path.hasSuffix(".h5ad") {
      return try annData(file, element ?? "X", path)
    }
    let (matrices, texts) = try elements(of: file)
    let matrix = try matrix(file, choose(element, matrices), path)
    var names: [[String]] = []
    for name in texts {
      guard let object = try file.object(name), let (shape, _) = try file.dataset(object),
        shape == [matrix.rows]
      else {
        continue
      }
      names.append(try file.texts(of: object))
    }
    return (names.count == 1 ? names[0] : nil, matrix)
  }

  private static func annData(
    _ file: ClassicHDF5, _ element: String, _ path: String
  ) throws -> (names: [String]?, vectors: Matrix<Float>) {
    let matrix = try matrix(file, element, path)
    guard let observations = try file.object("obs"), observations.isGroup else {
      throw missing(path, "obs, the names of the rows,")
    }
    let key = try file.attribute("_index", of: observations) ?? "_index"
    guard let index = try file.object("obs/\(key)") else {
      throw missing(path, "obs/\(key), the names of the rows,")
    }
    let encoding = try file.attribute(encodingKey, of: index)
    if index.isGroup, encoding == "nullable-string-array" {
      return (try nullableTexts(file, "obs/\(key)", path), matrix)
    }
    guard let (shape, kind) = try file.dataset(index), kind.isText, shape.count == 1 else {
      throw ClassicHDF5.unsupported(
        index.place, encoding ?? "another type",
        "an array of text: adata.obs_names = adata.obs_names.astype(str)")
    }
    return (try file.texts(of: index), matrix)
  }

  /// Text of which entries may be missing (anndata 0.11): `values`, and `mask`, which is true where one is. A name may not be.
  private static func nullableTexts(
    _ file: ClassicHDF5, _ group: String, _ path: String
  ) throws -> [String] {
    guard let values = try file.object(group + "/values"), let mask = try file.object(group + "/mask") else {
      throw missing(path, "\(group)/values or \(group)/mask, of the names of the rows,")
    }
    guard let (shape, kind) = try file.dataset(values), kind.isText, shape.count == 1,
      let (maskShape, maskKind) = try file.dataset(mask), maskKind == .flag, maskShape == shape
    else {
      throw ClassicHDF5.unsupported(
        values.place, "other values, or a mask of another type or length", "text, and as many booleans")
    }
    if let row = try file.flags(of: mask).firstIndex(of: true) {
      throw mask.place.malformed("name of row \(row)", expected: "text", actual: "none: it is masked")
    }
    return try file.texts(of: values)
  }

  private static func missing(_ path: String, _ what: String) -> StoreError {
    .checkpoint(
      .missing(
        path: path, what: what,
        hint: "AnnData writes it; write the file again, or give the names with --names"))
  }

  private static func matrix(_ file: ClassicHDF5, _ element: String, _ path: String) throws -> Matrix<Float> {
    guard let object = try file.object(element) else {
      throw StoreError.checkpoint(
        .missing(
          path: path, what: element,
          hint:
            "the matrices of the file are \(try elements(of: file).matrices.joined(separator: ", ")); give one as FILE:NAME"
        ))
    }
    let encoding = try file.attribute(encodingKey, of: object)
    guard !object.isGroup else {
      let isSparse = encoding?.hasPrefix("cs") == true
      throw ClassicHDF5.unsupported(
        object.place, isSparse ? "a sparse matrix (\(encoding ?? ""))" : encoding ?? "a group",
        isSparse
          ? "a dense matrix: adata.X = adata.X.toarray(), or FILE:obsm/NAME" : "a dataset of two dimensions")
    }
    guard let (shape, kind) = try file.dataset(object), kind.isNumber, shape.count == 2,
      !shape.contains(0)
    else {
      throw ClassicHDF5.unsupported(
        object.place, "another type or shape", "F32 or F64 of two dimensions, little-endian")
    }
    return Matrix(rows: shape[0], columns: shape[1], elements: try file.numbers(of: object))
  }

  /// Paths of the matrices of numbers, and of the lists of text.
  private static func elements(of file: ClassicHDF5) throws -> (matrices: [String], texts: [String]) {
    var (matrices, texts): ([String], [String]) = ([], [])
    var groups = [""]
    var seen = 0
    while let group = groups.popLast() {
      guard let object = try file.object(group) else { continue }
      for child in try file.children(of: object) {
        let path = group.isEmpty ? child.name : "\(group)/\(child.name)"
        seen += 1
        guard seen <= 1000, path.utf8.count < 1000, let found = try file.object(path) else { break }
        if found.isGroup {
          groups.append(path)
        } else if let (shape, kind) = try? file.dataset(found) {
          if kind.isNumber, shape.count == 2, !shape.contains(0) { matrices.append(path) }
          if kind.isText, shape.count == 1 { texts.append(path) }
        }
      }
    }
    return (matrices.sorted(), texts.sorted())
  }
}
