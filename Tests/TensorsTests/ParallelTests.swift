import Foundation
import Synchronization
import Tensors
import Testing

@Suite struct ParallelTests {
  /// How often each index of a loop was visited.
  private func visits(_ count: Int, chunk: Int, _ inside: @Sendable () -> Void = {}) -> [Int] {
    let visited = Mutex([Int](repeating: 0, count: count))
    parallelForEach(count: count, chunk: chunk) { range in
      inside()
      visited.withLock { for index in range { $0[index] += 1 } }
    }
    return visited.withLock { $0 }
  }

  @Test(arguments: [0, 1, 2, 3, 17, 1000], [1, 2, 7, 2000])
  func everyIndexIsVisitedOnce(count: Int, chunk: Int) {
    #expect(visits(count, chunk: chunk) == Array(repeating: 1, count: count))
  }

  /// Whatever stood in the memory before.
  @Test func numbersThatAreNotWrittenAreZero() {
    for round in 0..<50 {
      var used = [Float](repeating: 1, count: 20_000)
      used[round] = 2
      #expect(used.contains(2))
      used = []
      let matrix = Matrix<Float>.parallelRows(rows: 200, columns: 100, chunk: 7) { rows, elements in
        if rows.contains(round) { elements[0] = 3 }
      }
      #expect(matrix.elements.count { $0 == 3 } == 1 && matrix.elements.count { $0 == 0 } == 19_999)
    }
  }

  /// Loops that follow one another at once, and after longer than threads wait for them.
  @Test func loopsInARow() {
    for round in 0..<2000 {
      if round % 400 == 0 { Thread.sleep(forTimeInterval: 0.002) }
      #expect(visits(1 + round % 9, chunk: 1) == Array(repeating: 1, count: 1 + round % 9))
    }
  }

  /// Inside one another, and from several threads: whoever comes second has threads of its own.
  @Test func loopsBesideAndInsideLoops() {
    let inner = Mutex(0)
    let outer = visits(20, chunk: 3) {
      let all = visits(50, chunk: 4)
      inner.withLock { $0 += all.reduce(0, +) }
    }
    #expect(outer == Array(repeating: 1, count: 20) && inner.withLock { $0 } == 7 * 50)
    let threads = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<200 {
        let all = visits(30, chunk: 2)
        threads.withLock { $0 += all.reduce(0, +) }
      }
    }
    #expect(threads.withLock { $0 } == 4 * 200 * 30)
  }

  /// More chunks than the team counts.
  @Test func loopsWithoutEnd() {
    let sum = Mutex(0)
    parallelForEach(count: 1 << 20) { range in
      if range.lowerBound % 4096 == 0 { sum.withLock { $0 += range.count } }
    }
    #expect(sum.withLock { $0 } == 256)
  }

  /// A loop is over when its slowest chunk is, however long the others wait for it.
  @Test func theLastChunkIsAwaited() {
    let isOver = Mutex(false)
    parallelForEach(count: 2) { range in
      guard range.lowerBound == 1 else { return }
      Thread.sleep(forTimeInterval: 0.02)
      isOver.withLock { $0 = true }
    }
    #expect(isOver.withLock { $0 })
  }
}
