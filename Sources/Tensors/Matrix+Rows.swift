extension Matrix where Element: BitwiseCopyable {
  /// Changes rows in place on all processors: `body` gets a range of rows and their elements.
  public mutating func parallelUpdateRows(
    chunk: Int, _ body: @Sendable (_ rows: Range<Int>, _ elements: inout MutableSpan<Element>) -> Void
  ) {
    let rows = rows
    let columns = columns
    unsafe elements.withUnsafeMutableBufferPointer { buffer in
      nonisolated(unsafe) let base = unsafe buffer
      parallelForEach(count: rows, chunk: chunk) { range in
        let part = unsafe UnsafeMutableBufferPointer(
          rebasing: base[range.lowerBound * columns..<range.upperBound * columns])
        var span = unsafe part.mutableSpan
        body(range, &span)
      }
    }
  }
}
