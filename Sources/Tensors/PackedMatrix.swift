/// A matrix that stays in its file: mapped bytes, a shape and an element type.
///
/// Row-major `rows` x `columns`; a row is `columns / blockCount` blocks, so a row can be read by itself.
/// A vector (a norm's weights, a bias) is a matrix with one row.
public struct PackedMatrix: Sendable {
  public let name: String
  public let rows: Int
  public let columns: Int
  public let type: ElementType
  /// The mapped file and the offset of the first byte in it.
  public let file: MappedFile
  public let offset: Int

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
    self.file = file
    self.offset = offset
  }
}
