import Checkpoints
import Files
import Foundation
import Synchronization
import Tensors

/// A store file whose structure has been checked, kept open; datasets are read when they are asked for, and held against
/// the digests that were written with them.
final class StoreReader: Sendable {
  static let digestKey = "sha256"

  let description: FileDescription
  let encoding: Encoding
  let isSealed: Bool
  private let file: HDF5File
  /// The file and its state, see `FileReader.stamp`.
  private let stamp: String
  /// The same file, for its text of variable length; nil where such text is refused.
  private let bytes: FileReader?

  var path: String { description.path }

  /// Checks seal, structure and encodings.
  /// Cost: reads all but the matrices.
  init(path: String, allowUnsealed: Bool) throws(StoreError) {
    var checked = try Self.check(path, allowUnsealed)
    var opened = try HDF5File.open(path: path)
    // One and the same file: a writer may have put another in its place.
    while !checked.bytes.isCurrent {
      checked = try Self.check(path, allowUnsealed)
      opened = try HDF5File.open(path: path)
    }
    file = opened
    (stamp, isSealed) = (checked.bytes.stamp, checked.seal != nil)
    bytes = checked.seal == .plain ? nil : checked.bytes
    description = try StructureReader.describe(
      file, checked.bytes, checked.superblock, variableText: checked.seal != .plain)
    encoding = try Self.checkEncodings(description)
  }

  /// All that is checked before the library sees the file.
  static func check(
    _ path: String, _ allowUnsealed: Bool
  ) throws(StoreError) -> (bytes: FileReader, seal: Seal.Version?, superblock: Superblock) {
    let bytes = try FileReader.store(path)
    // Behind a block of the user's the library finds an HDF5 file too, and counts all addresses from there.
    let kind = FileKind(try bytes.storeBytes(at: 0, count: min(4096, bytes.count)))
    guard kind == .hdf5 else {
      throw .file(
        .otherKind(
          path: path, expected: "a store (HDF5)", actual: kind.words,
          remedy: kind.remedy ?? "make a store of a model with `sextant import`"))
    }
    try requireUnused(bytes)
    let seal = try Seal.check(bytes)
    guard seal != nil || allowUnsealed else { throw .unsealed(path: path) }
    return (bytes, seal, try Superblock(bytes))
  }

  /// HDF5 locks a file that it writes, and marks it in the byte after the sizes of addresses.
  private static func requireUnused(_ file: FileReader) throws(StoreError) {
    let head = try file.storeBytes(at: 0, count: min(12, file.count))
    let isMarked =
      FileKind.superblockVersion(head) == 3 && head.count == 12 && head[11] & 5 != 0
    guard !isMarked, !file.isLockedByAnother else { throw .inUse(path: file.path) }
  }

  /// - Throws: `StoreError.encoding` when the file is no store of the given kind.
  convenience init(
    path: String, expecting encoding: Encoding, allowUnsealed: Bool
  ) throws(StoreError) {
    try self.init(path: path, allowUnsealed: allowUnsealed)
    guard self.encoding.type == encoding.type else {
      throw .encoding(
        path: path, element: "/", expected: encoding.description, actual: self.encoding.description,
        writer: Self.writer(description))
    }
  }

  /// SHA-256 over the names and digests of all contents: equal for equal content, whenever and in whichever version it
  /// was written. Text counts as a whole, not as its bytes and offsets.
  var identity: String {
    let texts = raggedTexts
    let lines = description.elements.compactMap { element -> String? in
      guard case .text(let digest)? = element.attributes[Self.digestKey],
        !texts.contains(where: { element.path.hasPrefix($0 + "/") })
      else { return nil }
      return "\(element.path) \(digest)"
    }
    return ContentDigest.of(lines)
  }

  /// Holds a new file that was written from this one against it.
  /// - Throws: where the new one lacks an element of this one, or has another identity.
  func requireSame(_ new: StoreReader) throws(StoreError) {
    let lost = description.elements.map(\.path).filter { new.description.element($0) == nil }
    guard lost.isEmpty else {
      throw place(lost.joined(separator: ", ")).malformed(
        "content", expected: "only what the format has, for anything else would be lost", actual: "more")
    }
    guard new.identity == identity else {
      throw place("/").malformed("identity of the new file", expected: identity, actual: new.identity)
    }
  }

  private var raggedTexts: [String] {
    description.elements.filter { $0.attributes[Encoding.typeKey] == .text(Encoding.raggedText.type) }.map(
      \.path)
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
    return try verified(element, try file.read(element, of: Element.self, rows: 0..<count, columns: 1))
  }

  /// A table of so many rows, row after row.
  func table<Element: HDF5Number>(
    _ element: String, of: Element.Type, rows: Int
  ) throws(StoreError) -> (values: [Element], columns: Int) {
    let shape = try shape(of: element, type: Element.typeName, rank: 2)
    guard shape[0] == rows else {
      throw place(element).malformed("rows", expected: "\(rows)", actual: "\(shape[0])")
    }
    let values = try file.read(element, of: Element.self, rows: 0..<rows, columns: shape[1])
    return (try verified(element, values), shape[1])
  }

  /// Rows of a matrix; all of them without `rows`.
  ///
  /// Cost: the first time in a process also the digest of the whole matrix, a second for 1.5 GB.
  /// - Throws: also when a number is not finite, or not as it was written.
  func matrix(_ element: String, rows: Range<Int>? = nil) throws(StoreError) -> Matrix<Float> {
    let shape = try shape(of: element, type: Float.typeName, rank: 2)
    let rows = rows ?? 0..<shape[0]
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= shape[0], "rows \(rows) of \(shape[0]) in \(element)")
    let isWhole = rows == 0..<shape[0]
    if !isWhole { try verifyOnce(element) }
    let elements = try file.read(element, of: Float.self, rows: rows, columns: shape[1])
    if isWhole, !Self.known.contains(stamp, element) {
      _ = try verified(element, elements)
      Self.known.insert(stamp, element)
    }
    try requireFinite(elements, columns: shape[1], firstRow: rows.lowerBound, place: file.place(element))
    return Matrix(rows: rows.count, columns: shape[1], elements: elements)
  }

  /// Rows of a table of numbers as they lie in the file, not held against its digest.
  func unverifiedRows<Element: HDF5Number>(
    _ element: String, of: Element.Type, rows: Range<Int>, columns: Int
  ) throws(StoreError) -> [Element] {
    try file.read(element, of: Element.self, rows: rows, columns: columns)
  }

  /// How many strings an element holds.
  func textCount(_ element: String) throws(StoreError) -> Int {
    guard description.element(element)?.type == nil else {
      return try shape(of: element, type: textType(element), rank: 1)[0]
    }
    let count = try shape(of: element + "/offset", type: Int64.typeName, rank: 1)[0] - 1
    guard count >= 0 else {
      throw place(element + "/offset").malformed("length", expected: "at least 1", actual: "0")
    }
    return count
  }

  /// Strings, however the file's version holds them.
  func strings(_ element: String) throws(StoreError) -> [String] {
    guard description.element(element)?.type == nil else {
      let count = try shape(of: element, type: textType(element), rank: 1)[0]
      return try verified(element, texts: try read(element, count: count))
    }
    let (data, ranges) = try ragged(element)
    var strings: [String] = []
    strings.reserveCapacity(ranges.count)
    for (index, range) in ranges.enumerated() {
      guard let text = String(validating: data[range], as: UTF8.self) else {
        throw place(element).malformed("text \(index)", expected: "valid UTF-8", actual: "other bytes")
      }
      strings.append(text)
    }
    return try verified(element, texts: strings)
  }

  func string(_ element: String) throws(StoreError) -> String {
    _ = try shape(of: element, type: textType(element), rank: 0)
    return try verified(element, texts: try read(element, count: 1)).first ?? ""
  }

  private func textType(_ element: String) -> String {
    description.element(element)?.type == TextType.variable ? TextType.variable : TextType.fixed
  }

  private func read(_ element: String, count: Int) throws(StoreError) -> [String] {
    guard let found = description.element(element), found.type == TextType.fixed else {
      return try readVariable(element, count: count)
    }
    return try file.readStrings(element, count: count, width: found.elementBytes)
  }

  private func readVariable(_ element: String, count: Int) throws(StoreError) -> [String] {
    let place = place(element)
    guard let bytes else { throw place.refused(TextType.variable) }
    let extent = try file.contiguousExtent(of: element, count: count * GlobalHeaps.referenceBytes)
    var references = try FieldReader(
      bytes, at: UInt64(extent.offset), count: UInt64(extent.count), of: "references", place: place)
    var heaps = GlobalHeaps(bytes)
    var strings: [String] = []
    strings.reserveCapacity(count)
    for index in 0..<count { strings.append(try heaps.text(&references, index: index, place: place)) }
    return strings
  }

  func raggedBytes(_ element: String) throws(StoreError) -> [[UInt8]] {
    let (data, ranges) = try ragged(element)
    return ranges.map { Array(data[$0]) }
  }

  private func ragged(_ element: String) throws(StoreError) -> (data: [UInt8], ranges: [Range<Int>]) {
    let place = place(element)
    let offsets = try vector(element + "/offset", of: Int64.self)
    let data = try vector(element + "/data", of: UInt8.self)
    guard offsets.first == 0, offsets.last == Int64(data.count) else {
      throw place.malformed(
        "offsets", expected: "from 0 to \(data.count)",
        actual: "from \(offsets.first ?? -1) to \(offsets.last ?? -1)")
    }
    var ranges: [Range<Int>] = []
    ranges.reserveCapacity(offsets.count)
    for (index, (start, end)) in zip(offsets, offsets.dropFirst()).enumerated() {
      guard start <= end, end <= Int64(data.count) else {
        throw place.malformed("offset \(index + 1)", expected: "\(start)...\(data.count)", actual: "\(end)")
      }
      ranges.append(Int(start)..<Int(end))
    }
    return (data, ranges)
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

  // MARK: - Verification

  /// Computes the digest of every dataset anew, and looks for numbers that are not finite.
  func verify() throws(StoreError) {
    guard isSealed else { throw .unsealed(path: path) }
    try verifyContents()
  }

  /// The same for a file that may have lost its seal.
  func verifyContents() throws(StoreError) {
    for element in description.elements where element.type != nil {
      try require(digest(of: element), of: element.path)
    }
    for element in raggedTexts { _ = try strings(element) }
  }

  /// Datasets whose digests were found to be right, by the state of their file.
  private static let known = VerifiedElements()

  func verifyOnce(_ element: String) throws(StoreError) {
    guard !Self.known.contains(stamp, element), let found = description.element(element) else { return }
    try require(digest(of: found), of: element)
    Self.known.insert(stamp, element)
  }

  private func verified<Element: HDF5Number>(
    _ element: String, _ values: [Element]
  ) throws(StoreError) -> [Element] {
    var digest = ContentDigest()
    digest.update(values)
    try require(digest.finalized(), of: element)
    return values
  }

  private func verified(_ element: String, texts: [String]) throws(StoreError) -> [String] {
    try require(ContentDigest.of(texts), of: element)
    return texts
  }

  /// Holds a digest against the one that was written with an element.
  func require(_ actual: String, of element: String) throws(StoreError) {
    let expected = try text(element, Self.digestKey)
    guard actual == expected else {
      throw .corrupt(path: path, element: element, expectedSHA256: expected, actualSHA256: actual)
    }
  }

  private func digest(of element: FileDescription.Element) throws(StoreError) -> String {
    var digest = ContentDigest()
    switch element.type {
    case Float.typeName: try update(&digest, with: element, of: Float.self)
    case Half.typeName: try update(&digest, with: element, of: Half.self)
    case Int32.typeName: try update(&digest, with: element, of: Int32.self)
    case Int64.typeName: try update(&digest, with: element, of: Int64.self)
    case UInt8.typeName: try update(&digest, with: element, of: UInt8.self)
    default:
      guard element.shape.count <= 1 else {
        throw place(element.path).malformed(
          "dimensions of text", expected: "0 or 1", actual: "\(element.shape.count)")
      }
      digest.update(try read(element.path, count: element.shape.first ?? 1))
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
      let values = try file.read(
        element.path, of: Number.self, rows: start..<min(rows, start + block), columns: columns)
      // In a table of tokens NaN means that a token has no number.
      if encoding != .tokens, let numbers = values as? [Float] {
        try requireFinite(numbers, columns: columns, firstRow: start, place: place(element.path))
      }
      if let halves = values as? [Half], let index = halves.firstIndex(where: { !$0.isFinite }) {
        throw place(element.path).malformed(
          "row \(start + index / columns), column \(index % columns)", expected: "a finite number",
          actual: "another")
      }
      digest.update(values)
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
      guard element.type == nil && found != .raggedText || element.attributes[digestKey] != nil else {
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

/// Remembers datasets by their file's stamp.
private final class VerifiedElements: Sendable {
  private let names = Mutex<Set<String>>([])

  func contains(_ stamp: String, _ element: String) -> Bool {
    names.withLock { $0.contains(stamp + element) }
  }

  func insert(_ stamp: String, _ element: String) { names.withLock { _ = $0.insert(stamp + element) } }
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
