internal import Files
package import Foundation
internal import Synchronization

/// The parts of what a run tells of as one step, each kept in a file.
package final class KeptParts {
  private let name: String
  private let cache: StepCache
  private let begun = Begun()
  private var seconds = 0.0

  /// Whether something had to be done.
  private final class Begun: Sendable {
    let isTrue = Mutex(false)
  }

  /// - Parameters:
  ///   - name: what all parts' names begin with.
  ///   - folder: where they are kept.
  ///   - warn: told of parts that cannot be used.
  package init(_ name: String, in folder: URL, warn: @escaping @Sendable (String) -> Void) {
    self.name = name
    cache = StepCache(folder: folder) { [begun] step, fate in
      guard fate != .reused else { return }
      if case .damaged(let reason) = fate { warn(reason) }
      let isFirst = begun.isTrue.withLock { isTrue in
        defer { isTrue = true }
        return !isTrue
      }
      guard isFirst else { return }
      var why = ""
      if case .done(let changes) = fate, !changes.isEmpty {
        why = "\(step.dropFirst(name.count + 1)): \(changes.joined(separator: ", "))"
      }
      JobProgress.current.begin(name, note: why)
    }
  }

  /// The result of a part, kept or found now.
  package func part<Result: Codable>(_ fingerprint: Fingerprint, _ compute: () throws -> Result) throws
    -> Result
  {
    let step = try cache.step(fingerprint, compute)
    seconds += step.seconds
    return step.result
  }

  /// The seconds that all parts took.
  package func finish() -> Double {
    if begun.isTrue.withLock({ $0 }) {
      JobProgress.current.end(name)
    } else {
      JobProgress.current.reuse(name)
    }
    return seconds
  }
}
