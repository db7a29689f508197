import Synchronization

/// How far a job is, told to whoever shows it: which step runs, what share of it is done, and what is being done now.
///
/// Code that works for seconds tells ``current``, and need not know who listens; where nobody does, telling is a comparison.
/// Loops may tell as often as they like: what is told passes on at most a few times a second.
///
/// ```swift
/// let counter = JobProgress.current.counter(of: tiles.count)
/// parallelForEach(count: tiles.count) { range in
///   …
///   counter.add(range.count)
/// }
/// ```
///
/// A task-local value does not reach other threads, so a parallel loop takes ``current`` before it begins.
public struct JobProgress: Sendable {
  /// What is told.
  public enum Event: Sendable, Equatable {
    /// The names of all steps, in their order, before the first begins.
    case planned([String])
    /// A step begins, and ends the one before; `note` says why it is done again, or is empty.
    case began(String, note: String)
    /// A share of the running step is done, 0 to 1; nil where it is not known.
    case moved(Double?, note: String)
    /// A step has ended.
    case ended(String)
    /// The result of an earlier run is taken for a step.
    case reused(String)
  }

  /// That of the job that runs in this task.
  @TaskLocal public static var current = JobProgress()

  private let listener: Listener?
  /// Where in its step the part lies that is told of.
  private let range: ClosedRange<Double>
  private let note: String

  /// Told to nobody.
  public init() { self.init(nil, 0...1, "") }

  /// - Parameters:
  ///   - pause: what must lie between two events of ``Event/moved(_:note:)``; others pass on at once.
  ///   - listen: called from any thread, by one at a time.
  public init(every pause: Duration = .milliseconds(200), _ listen: @escaping @Sendable (Event) -> Void) {
    self.init(Listener(pause, listen), 0...1, "")
  }

  private init(_ listener: Listener?, _ range: ClosedRange<Double>, _ note: String) {
    (self.listener, self.range, self.note) = (listener, range, note)
  }

  /// Says which steps there will be.
  public func plan(_ steps: [String]) { listener?.tell(.planned(steps)) }

  /// Says that a step begins; the one before has ended then.
  public func begin(_ step: String, note: String = "") { listener?.tell(.began(step, note: note)) }

  /// Says that a step has ended.
  public func end(_ step: String) { listener?.tell(.ended(step)) }

  /// Says that a step was done before.
  public func reuse(_ step: String) { listener?.tell(.reused(step)) }

  /// Says what is being done now; how long it takes is not known.
  public func tell(_ note: String) { listener?.move(nil, joined(note)) }

  /// Says that so much of the part is done.
  public func tell(_ done: Int, of total: Int, _ note: @autoclosure () -> String = "") {
    guard let listener, total > 0, listener.isDue || done >= total else { return }
    let share = Double(min(max(done, 0), total)) / Double(total)
    listener.move(range.lowerBound + share * (range.upperBound - range.lowerBound), joined(note()))
  }

  /// Counts what several threads do together.
  public func counter(of total: Int, _ note: String = "") -> ProgressCounter {
    ProgressCounter(self, total, note)
  }

  /// Does a part of the job; what it tells lies within a range of shares of this one.
  ///
  /// - Parameter note: what is being done, in front of the part's own notes.
  public func part<Value, Fault: Error>(
    _ shares: ClosedRange<Double>, _ note: String = "", _ body: () throws(Fault) -> Value
  ) throws(Fault) -> Value {
    guard listener != nil else { return try body() }
    let width = range.upperBound - range.lowerBound
    let lower = range.lowerBound + min(max(shares.lowerBound, 0), 1) * width
    let upper = range.lowerBound + min(max(shares.upperBound, 0), 1) * width
    let part = JobProgress(listener, lower...max(lower, upper), joined(note))
    part.tell(0, of: 1)
    let result = Self.$current.withValue(part) {
      Result { () throws(Fault) in try body() }
    }
    return try result.get()
  }

  /// The `index`th of `count` equal parts, from 0.
  public func part<Value, Fault: Error>(
    _ index: Int, of count: Int, _ note: String = "", _ body: () throws(Fault) -> Value
  ) throws(Fault) -> Value {
    let count = Double(max(count, 1))
    return try part(Double(index) / count...Double(index + 1) / count, note, body)
  }

  private func joined(_ more: String) -> String {
    note.isEmpty || more.isEmpty ? note + more : "\(note): \(more)"
  }

  /// Passes on, one after the other, and not too often.
  private final class Listener: Sendable {
    private let listen: @Sendable (Event) -> Void
    private let pause: Duration
    private let start = ContinuousClock.now
    /// Nanoseconds after the start from which on a movement is told again.
    private let due = Atomic<Int64>(0)
    private let turn = Mutex(())

    init(_ pause: Duration, _ listen: @escaping @Sendable (Event) -> Void) {
      (self.pause, self.listen) = (pause, listen)
    }

    private var now: Int64 { Int64((ContinuousClock.now - start) / .nanoseconds(1)) }

    var isDue: Bool { now >= due.load(ordering: .relaxed) }

    func move(_ share: Double?, _ note: String) {
      due.store(now + Int64(pause / .nanoseconds(1)), ordering: .relaxed)
      tell(.moved(share, note: note))
    }

    func tell(_ event: Event) { turn.withLock { _ in listen(event) } }
  }
}

/// Counts the work of several threads, for ``JobProgress``.
public final class ProgressCounter: Sendable {
  private let progress: JobProgress
  private let total: Int
  private let note: String
  private let done = Atomic<Int>(0)

  init(_ progress: JobProgress, _ total: Int, _ note: String) {
    (self.progress, self.total, self.note) = (progress, total, note)
  }

  /// So much more is done.
  public func add(_ count: Int = 1) {
    progress.tell(done.add(count, ordering: .relaxed).newValue, of: total, note)
  }
}
