import Files
import Foundation

/// A store file in the making: every element gets its encoding and its digest; `finish` seals the file and
/// puts it in place. Dropped before that, nothing remains.
struct StoreBuilder: ~Copyable {
  static let writerKey = "written-by"

  private let file: HDF5File
  private let target: AtomicFile
  private var matrixExtents: [Extent] = []

  /// - Parameter writer: name and version of the tool, for the errors of readers to come.
  static func begin(
    path: String, encoding: Encoding, writer: String
  ) throws(StoreError) -> StoreBuilder {
    let target = try outputErrors { () throws(OutputError) -> AtomicFile in
      try AtomicFile.beginLocked(path: path)
    }
    let file = try HDF5File.create(in: target, for: path)
    let builder = StoreBuilder(file: file, target: target)
    try builder.mark("/", encoding)
    try builder.set(writerKey, of: "/", to: .text(writer))
    return builder
  }

  private init(file: consuming HDF5File, target: consuming AtomicFile) {
    self.file = file
    self.target = target
  }

  /// - Parameter old: the file that is written anew, of which nothing may be lost.
  consuming func finish(convertedFrom old: StoreReader? = nil) throws(StoreError) {
    let extents = matrixExtents
    try file.close()
    do throws(OutputError) { try Seal.append(to: target, leavingOut: extents) } catch { throw .output(error) }
    if let old {
      try old.requireSame(StoreReader(path: target.temporaryPath, allowUnsealed: false))
    }
    do throws(OutputError) { try target.commit() } catch { throw .output(error) }
  }

  // MARK: - Elements

  func group(_ element: String, encoding: Encoding = .group) throws(StoreError) {
    try file.createGroup(element)
    try mark(element, encoding)
  }

  func set(_ attribute: String, of element: String, to value: AttributeValue) throws(StoreError) {
    try file.setAttribute(attribute, of: element, to: value)
  }

  func vector<Element: HDF5Number>(_ element: String, _ values: [Element]) throws(StoreError) {
    try numbers(element, values, shape: [values.count])
  }

  /// A table in one piece, row after row.
  func table<Element: HDF5Number>(
    _ element: String, _ values: [Element], columns: Int
  ) throws(StoreError) {
    try numbers(element, values, shape: [values.count / max(columns, 1), columns])
  }

  private func numbers<Element: HDF5Number>(
    _ element: String, _ values: [Element], shape: [Int]
  ) throws(StoreError) {
    let dataset = try file.createDataset(element, of: Element.self, shape: shape)
    try file.write(
      values, to: dataset, element: element, firstRow: 0, columns: shape.dropFirst().reduce(1, *))
    var digest = ContentDigest()
    digest.update(values)
    try mark(element, .array, digest: digest.finalized())
  }

  /// Writes a matrix block by block; a block is a chunk of at most 8 MiB.
  /// - Throws: also when a number is not finite.
  mutating func matrix(_ element: String, _ source: RowSource) throws(StoreError) {
    let place = file.place(element)
    let (rows, columns) = (source.rows, source.columns)
    guard rows > 0, columns > 0 else {
      throw place.malformed("shape", expected: "rows and columns", actual: "\(rows) x \(columns)")
    }
    let chunkRows = min(rows, max(1, (8 << 20) / (columns * 4)))
    let dataset = try file.createDataset(
      element, of: Float.self, shape: [rows, columns], chunkRows: chunkRows)
    var digest = ContentDigest()
    let progress = JobProgress.current
    for start in stride(from: 0, to: rows, by: chunkRows) {
      let range = start..<min(rows, start + chunkRows)
      progress.tell(start, of: rows, "writing rows")
      let block = try source.read(range)
      precondition(
        block.count == range.count * columns,
        "\(element): rows \(range) of \(columns) columns came as \(block.count) numbers")
      try requireFinite(block, columns: columns, firstRow: start, place: place)
      digest.update(block)
      try file.write(block, to: dataset, element: element, firstRow: start, columns: columns)
    }
    matrixExtents += try file.chunkExtents(of: dataset, element: element)
    try mark(element, .array, digest: digest.finalized())
  }

  /// Many strings of any length.
  func text(_ element: String, _ strings: [String]) throws(StoreError) {
    try group(element, encoding: .raggedText)
    try ragged(element, strings.map { Array($0.utf8) })
    try set(StoreReader.digestKey, of: element, to: .text(ContentDigest.of(strings)))
  }

  /// A few strings, padded to the longest.
  func strings(_ element: String, _ strings: [String]) throws(StoreError) {
    _ = try file.write(strings: strings, shape: [strings.count], element: element)
    try mark(element, .stringArray, digest: ContentDigest.of(strings))
  }

  func string(_ element: String, _ string: String) throws(StoreError) {
    _ = try file.write(strings: [string], shape: [], element: element)
    try mark(element, .string, digest: ContentDigest.of([string]))
  }

  func raggedBytes(_ element: String, _ lists: [[UInt8]]) throws(StoreError) {
    try group(element, encoding: .raggedBytes)
    try ragged(element, lists)
  }

  private func ragged(_ element: String, _ lists: [[UInt8]]) throws(StoreError) {
    var offsets: [Int64] = [0]
    var data: [UInt8] = []
    for list in lists {
      data += list
      offsets.append(Int64(data.count))
    }
    try vector(element + "/data", data)
    try vector(element + "/offset", offsets)
  }

  private func mark(
    _ element: String, _ encoding: Encoding, digest: String? = nil
  ) throws(StoreError) {
    try file.mark(element, encoding, digest: digest)
  }
}
