import Checkpoints
import Foundation
import Tensors

/// A store file whose structure has been checked, kept open; datasets are read when they are asked for.
final class StoreReader: Sendable {
  static let digestKey = "sha256"

  let description: FileDescription
  let encoding: Encoding
  let isSealed: Bool
  private let file: HDF5File

  var path: String { description.path }

  /// Checks seal, structure and encodings.
  /// Cost: reads all but the matrices.
  init(path: String, allowUnsealed: Bool) throws(StoreError) {
    let mapped = try tensorErrors { () throws(TensorError) in try MappedFile(path: path) }
    let kind = FileKind(mapped)
    guard [.hdf5, .unknown, .empty].contains(kind) else {
      throw .checkpoint(
        .otherKind(
          path: path, expected: "a store (HDF5)", actual: kind.words,
          remedy: kind.remedy ?? "make a store of a model with `sextant import`"))
    }
    isSealed = try Seal.check(mapped)
    guard isSealed || allowUnsealed else { throw .unsealed(path: path) }
    file = try HDF5File.open(path: path)
    description = try StructureReader.describe(file, byteCount: mapped.count)
    encoding = try Self.checkEncodings(description)
  }

  /// - Throws: `StoreError.encoding` when the file is no store of the given kind.
  convenience init(
    path: String, expecting encoding: Encoding, allowUnsealed: Bool
  ) throws(StoreError) {
    try self.init(path: path, allowUnsealed: allowUnsealed)
    guard self.encoding == encoding else {
      throw .encoding(
        path: path, element: "/", expected: encoding.description, actual: self.encoding.description,
        writer: Self.writer(description))
    }
  }

  /// SHA-256 over the names and digests of all datasets: equal for equal content, whenever it was written.
  var identity: String {
    let lines = description.elements.compactMap { element -> String? in
      guard case .text(let digest)? = element.attributes[Self.digestKey] else { return nil }
      return "\(element.path) \(digest)"
    }
    var digest = ContentDigest()
    digest.update(lines)
    return digest.finalized()
  }

  // MARK: - Reading

  /// The shape of a dataset that must be there.
  func shape(of element: String, type: String, rank: Int) throws(StoreError) -> [Int] {
    let place = file.place(element)
    guard let found = description.element(element) else {
      throw place.malformed("dataset", expected: type, actual: "nothing")
    }
    guard found.type == type, found.shape.count == rank else {
      throw place.malformed(
        "dataset", expected: "\(type) of \(rank) dimensions",
        actual: "\(found.type ?? "a group") of \(found.shape.count)")
    }
    return found.shape
  }

  /// A vector, of `expected` numbers where that is given.
  func vector<Element: HDF5Number>(
    _ element: String, of: Element.Type, count expected: Int? = nil
  ) throws(StoreError) -> [Element] {
    let count = try shape(of: element, type: Element.typeName, rank: 1)[0]
    guard count == expected ?? count else {
      throw place(element).malformed("length", expected: "\(expected ?? 0)", actual: "\(count)")
    }
    return try file.read(element, of: Element.self, rows: 0..<count, columns: 1)
  }

  /// A table of so many rows, row after row.
  func table<Element: HDF5Number>(
    _ element: String, of: Element.Type, rows: Int
  ) throws(StoreError) -> (values: [Element], columns: Int) {
    let shape = try shape(of: element, type: Element.typeName, rank: 2)
    guard shape[0] == rows else {
      throw place(element).malformed("rows", expected: "\(rows)", actual: "\(shape[0])")
    }
    return (try file.read(element, of: Element.self, rows: 0..<rows, columns: shape[1]), shape[1])
  }

  /// Rows of a matrix; all of them without `rows`.
  /// - Throws: also when a number is not finite.
  func matrix(_ element: String, rows: Range<Int>? = nil) throws(StoreError) -> Matrix<Float> {
    let shape = try shape(of: element, type: Float.typeName, rank: 2)
    let rows = rows ?? 0..<shape[0]
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= shape[0], "rows \(rows) of \(shape[0]) in \(element)")
    let elements = try file.read(element, of: Float.self, rows: rows, columns: shape[1])
    try requireFinite(elements, columns: shape[1], firstRow: rows.lowerBound, place: file.place(element))
    return Matrix(rows: rows.count, columns: shape[1], elements: elements)
  }

  func strings(_ element: String) throws(StoreError) -> [String] {
    let count = try shape(of: element, type: "text", rank: 1)[0]
    return try file.readStrings(element, count: count, byteLimit: textLimit(count))
  }

  func string(_ element: String) throws(StoreError) -> String {
    _ = try shape(of: element, type: "text", rank: 0)
    return try file.readStrings(element, count: 1, byteLimit: textLimit(1)).first ?? ""
  }

  func raggedBytes(_ element: String) throws(StoreError) -> [[UInt8]] {
    let place = file.place(element)
    let offsets = try vector(element + "/offset", of: Int64.self)
    let data = try vector(element + "/data", of: UInt8.self)
    guard offsets.first == 0, offsets.last == Int64(data.count) else {
      throw place.malformed(
        "offsets", expected: "from 0 to \(data.count)",
        actual: "from \(offsets.first ?? -1) to \(offsets.last ?? -1)")
    }
    var lists: [[UInt8]] = []
    lists.reserveCapacity(offsets.count)
    for (index, (start, end)) in zip(offsets, offsets.dropFirst()).enumerated() {
      guard start <= end, end <= Int64(data.count) else {
        throw place.malformed("offset \(index + 1)", expected: "\(start)...\(data.count)", actual: "\(end)")
      }
      lists.append(Array(data[Int(start)..<Int(end)]))
    }
    return lists
  }

  /// An attribute that files of older versions lack.
  func textIfThere(_ element: String, _ attribute: String) throws(StoreError) -> String? {
    guard description.element(element)?.attributes[attribute] != nil else { return nil }
    return try text(element, attribute)
  }

  func text(_ element: String, _ attribute: String) throws(StoreError) -> String {
    guard case .text(let text)? = description.element(element)?.attributes[attribute] else {
      throw file.place("\(element)@\(attribute)").malformed("attribute", expected: "text", actual: "none")
    }
    return text
  }

  func integer(_ element: String, _ attribute: String) throws(StoreError) -> Int {
    guard case .integer(let value)? = description.element(element)?.attributes[attribute] else {
      throw file.place("\(element)@\(attribute)").malformed(
        "attribute", expected: "an integer", actual: "none")
    }
    return value
  }

  func place(_ element: String) -> Place { file.place(element) }

  /// Memory that strings may take: the file's bytes and a zero byte each.
  private func textLimit(_ count: Int) -> Int { description.byteCount + count }

  // MARK: - Verification

  /// Computes the digest of every dataset anew.
  func verify() throws(StoreError) {
    guard isSealed else { throw .unsealed(path: path) }
    for element in description.elements where element.type != nil {
      let expected = try text(element.path, Self.digestKey)
      let actual = try digest(of: element)
      guard actual == expected else {
        throw .corrupt(
          path: path, element: element.path, expectedSHA256: expected, actualSHA256: actual)
      }
    }
  }

  private func digest(of element: FileDescription.Element) throws(StoreError) -> String {
    var digest = ContentDigest()
    switch element.type {
    case Float.typeName: try update(&digest, with: element, of: Float.self)
    case Int32.typeName: try update(&digest, with: element, of: Int32.self)
    case Int64.typeName: try update(&digest, with: element, of: Int64.self)
    case UInt8.typeName: try update(&digest, with: element, of: UInt8.self)
    default:
      let count = element.shape.first ?? 1
      digest.update(try file.readStrings(element.path, count: count, byteLimit: textLimit(count)))
    }
    return digest.finalized()
  }

  private func update<Number: HDF5Number>(
    _ digest: inout ContentDigest, with element: FileDescription.Element, of: Number.Type
  ) throws(StoreError) {
    guard let rows = element.shape.first else {
      throw place(element.path).malformed("shape", expected: "1 or 2 dimensions", actual: "a single value")
    }
    let columns = element.shape.count == 2 ? element.shape[1] : 1
    let block = max(1, (8 << 20) / max(1, columns * MemoryLayout<Number>.size))
    for start in stride(from: 0, to: rows, by: block) {
      digest.update(
        try file.read(
          element.path, of: Number.self, rows: start..<min(rows, start + block), columns: columns))
    }
  }

  // MARK: - Encodings

  private static func checkEncodings(_ description: FileDescription) throws(StoreError) -> Encoding {
    var root: Encoding?
    for element in description.elements {
      let allowed = Encoding.allowed(for: element)
      let type = element.attributes[Encoding.typeKey]?.description ?? "none"
      let version = element.attributes[Encoding.versionKey]?.description ?? "none"
      let found = Encoding(type: type, version: version)
      guard allowed.contains(found) else {
        throw .encoding(
          path: description.path, element: element.path,
          expected: allowed.map(\.description).joined(separator: ", "), actual: found.description,
          writer: writer(description))
      }
      root = root ?? found
      guard element.type == nil || element.attributes[digestKey] != nil else {
        throw Place(path: description.path, element: element.path)
          .malformed("attribute \(digestKey)", expected: "SHA-256", actual: "none")
      }
    }
    return root ?? .group
  }

  private static func writer(_ description: FileDescription) -> String {
    description.element("/")?.attributes[StoreBuilder.writerKey]?.description ?? "an unknown tool"
  }
}

/// - Throws: naming the first row that holds NaN or an infinity.
func requireFinite(
  _ elements: [Float], columns: Int, firstRow: Int, place: Place
) throws(StoreError) {
  let exponent: UInt32 = 0x7F80_0000
  let span = elements.span
  var greatest: UInt32 = 0
  for index in span.indices { greatest = max(greatest, span[index].bitPattern & exponent) }
  guard greatest == exponent, let index = elements.firstIndex(where: { !$0.isFinite }) else { return }
  throw place.malformed(
    "row \(firstRow + index / columns), column \(index % columns)", expected: "a finite number",
    actual: "\(elements[index])")
}
