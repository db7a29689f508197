/// A matrix that stays in its file: mapped bytes, a shape and an element type; or one of f32 in memory, read in the same way.
///
/// Row-major `rows` x `columns`; a row is `columns / blockCount` blocks, so a row can be read by itself.
/// A vector (a norm's weights, a bias) is a matrix with one row.
public struct PackedMatrix: Sendable {
  public let name: String
  public let rows: Int
  public let columns: Int
  public let type: ElementType
  /// The offset of the first byte in the file.
  public let offset: Int
  private let storage: Storage

  private enum Storage: Sendable {
    case file(MappedFile)
    case memory([Float])
  }

  /// The file; "memory" for a matrix in memory.
  public var path: String {
    switch storage {
    case .file(let file): file.path
    case .memory: "memory"
    }
  }

  public var rowBytes: Int { columns / type.blockCount * type.blockBytes }

  /// - Throws: `TensorError.layout` when the rows are no whole number of blocks or the file is too short.
  public init(
    name: String, rows: Int, columns: Int, type: ElementType, file: MappedFile, offset: Int
  ) throws(TensorError) {
    let (blocks, overflowA) = rows.multipliedReportingOverflow(by: columns / type.blockCount)
    let (bytes, overflowB) = blocks.multipliedReportingOverflow(by: type.blockBytes)
    let available = max(0, file.count - offset)
    guard rows >= 0, columns >= 0, offset >= 0, columns % type.blockCount == 0, !overflowA, !overflowB,
      bytes <= available
    else {
      throw .layout(
        tensor: name, expectedBytes: overflowA || overflowB ? .max : bytes, actualBytes: available)
    }
    self.name = name
    self.rows = rows
    self.columns = columns
    self.type = type
    self.offset = offset
    storage = .file(file)
  }

  /// A matrix in memory, in place of one in a file; shares the numbers.
  public init(name: String, _ matrix: Matrix<Float>) {
    (self.name, rows, columns, type, offset) = (name, matrix.rows, matrix.columns, .f32, 0)
    storage = .memory(matrix.elements)
  }

  /// Consecutive rows as a matrix of their own; of a file, nothing is copied.
  /// - Precondition: the rows exist.
  public func rows(_ range: Range<Int>, name: String) -> PackedMatrix {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(self.name), which has \(rows)")
    return PackedMatrix(self, range, name)
  }

  private init(_ whole: PackedMatrix, _ range: Range<Int>, _ name: String) {
    (self.name, rows, columns, type) = (name, range.count, whole.columns, whole.type)
    switch whole.storage {
    case .file(let file):
      offset = whole.offset + range.lowerBound * whole.rowBytes
      storage = .file(file)
    case .memory(let elements):
      offset = 0
      storage = .memory(
        Array(elements[range.lowerBound * whole.columns..<range.upperBound * whole.columns]))
    }
  }

  /// Lends the bytes of consecutive rows for the duration of the call.
  func withBytes(ofRows range: Range<Int>, _ body: (RawSpan) -> Void) {
    let bytes = offset + range.lowerBound * rowBytes..<offset + range.upperBound * rowBytes
    switch storage {
    case .file(let file): file.withBytes { body($0.extracting(bytes)) }
    case .memory(let elements): unsafe body(elements.span.bytes.extracting(bytes))
    }
  }
}
