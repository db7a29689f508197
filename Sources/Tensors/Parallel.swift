internal import CKernels
import Dispatch
import Foundation

/// Number of workers that the parallel loops use (one per active processor).
public let workerCount = max(1, ProcessInfo.processInfo.activeProcessorCount)

/// Calls `body` for disjoint ranges that cover `0..<count`, on all processors.
///
/// The ranges depend on `count` and `chunk` only, never on the number of processors, so reductions that
/// combine per-chunk results in order give the same bits on any machine.
public func parallelForEach(
  count: Int, chunk: Int = 1, _ body: @Sendable (Range<Int>) -> Void
) {
  precondition(chunk > 0, "a chunk holds at least one item, got \(chunk)")
  let chunks = (count + chunk - 1) / chunk
  guard chunks > 1 else {
    if count > 0 { body(0..<count) }
    return
  }
  withoutActuallyEscaping(body) { body in
    let loop = ParallelLoop(count: count, chunk: chunk, body: body)
    let isDone = unsafe withUnsafePointer(to: loop) {
      unsafe sextant_team_run(
        workerCount - 1, chunks,
        { loop, index in
          guard let loop = unsafe loop?.assumingMemoryBound(to: ParallelLoop.self) else { return }
          unsafe loop.pointee.run(index)
        }, $0)
    }
    // The team may be at work for another loop: one inside which this one stands, or one of another thread.
    if isDone == 0 { DispatchQueue.concurrentPerform(iterations: chunks) { loop.run($0) } }
  }
}

/// A loop as the threads of the team see it.
private struct ParallelLoop: Sendable {
  let count, chunk: Int
  let body: @Sendable (Range<Int>) -> Void

  func run(_ index: Int) { body(index * chunk..<min(count, (index + 1) * chunk)) }
}

/// `transform` of every index, computed on all processors, in order.
public func parallelMap<Result: Sendable>(
  count: Int, chunk: Int = 1, _ transform: @Sendable (Int) -> Result
) -> [Result] {
  unsafe [Result](unsafeUninitializedCapacity: count) { buffer, initialized in
    nonisolated(unsafe) let base = unsafe buffer
    parallelForEach(count: count, chunk: chunk) { range in
      for index in range { unsafe (base.baseAddress! + index).initialize(to: transform(index)) }
    }
    initialized = count
  }
}

extension Matrix where Element: BitwiseCopyable & ExpressibleByIntegerLiteral {
  /// Fills a matrix by row ranges on all processors: `body` gets a range of rows and their elements.
  public static func parallelRows(
    rows: Int, columns: Int, chunk: Int,
    _ body: @Sendable (_ rows: Range<Int>, _ elements: inout MutableSpan<Element>) -> Void
  ) -> Matrix {
    let elements = unsafe [Element](unsafeUninitializedCapacity: rows * columns) { buffer, initialized in
      nonisolated(unsafe) let base = unsafe buffer
      parallelForEach(count: rows, chunk: chunk) { range in
        let part = unsafe UnsafeMutableBufferPointer(
          rebasing: base[range.lowerBound * columns..<range.upperBound * columns])
        // Zero has no bits in any number type; element by element, generic code would be slow.
        unsafe UnsafeMutableRawBufferPointer(part).initializeMemory(as: UInt8.self, repeating: 0)
        var span = unsafe part.mutableSpan
        body(range, &span)
      }
      initialized = rows * columns
    }
    return Matrix(rows: rows, columns: columns, elements: elements)
  }
}
