import Files
import Foundation
import Reports
import Synchronization

/// Shows on standard error how far a command is.
///
/// At a terminal in one line that renews itself, gives way to everything else that is written, and becomes a tick with the
/// time when its step ends; elsewhere in plain lines, or not at all.
package final class ProgressDisplay: Sendable {
  enum Style: Sendable {
    case none
    case lines
    case renewed
  }

  package init() {}

  /// That of this process.
  static let shared = ProgressDisplay()

  /// What commands tell of themselves.
  static let progress = JobProgress { shared.show($0) }

  private struct State {
    var style = Style.none
    var steps: [String] = []
    var running: Running?
    /// Those of an earlier run that were taken since the last line.
    var reused = 0
    var ended = 0
    var isOnScreen = false
    /// When something was last said of the running step.
    var said = ContinuousClock.now
    /// Where finished parts are kept, for who interrupts.
    var kept: String?
  }

  private struct Running {
    var line: StepLine
    let start = ContinuousClock.now

    var now: StepLine {
      var line = line
      line.seconds = (ContinuousClock.now - start) / .seconds(1)
      return line
    }
  }

  private let state = Mutex(State())
  /// Plain lines about one step come no oftener.
  private static let patience = Duration.seconds(30)

  /// - Parameter style: how steps are shown from now on.
  func begin(_ style: Style) {
    let isFirst = state.withLock { state in
      defer { state.style = style }
      return state.style != .renewed && style == .renewed
    }
    guard isFirst else { return }
    // The time goes on also where nothing is told.
    Thread.detachNewThread { [self] in
      while true {
        Thread.sleep(forTimeInterval: 0.5)
        state.withLock { draw(&$0) }
      }
    }
  }

  /// Says where finished parts of the work are kept: the same command goes on from there.
  func keeps(in place: String) { state.withLock { $0.kept = place } }

  /// The running step is over: a result follows.
  func finish() {
    state.withLock { state in
      end(&state)
      tellReused(&state)
    }
  }

  /// Shows nothing any more: an error follows.
  func stop() {
    state.withLock { state in
      clear(&state)
      state.style = .none
    }
  }

  /// Writes something else to the same stream.
  package func givingWay(_ write: () -> Void) {
    state.withLock { state in
      clear(&state)
      write()
    }
  }

  /// What an interrupted command leaves, and how to go on; nil where another thread has been writing for a second, as to a terminal
  /// that stands still.
  package func interrupted() -> String? {
    for _ in 0..<100 {
      if let text = state.withLockIfAvailable({ interrupted(&$0) }) { return text }
      Thread.sleep(forTimeInterval: 0.01)
    }
    return nil
  }

  private func interrupted(_ state: inout State) -> String {
    clear(&state)
    state.style = .none
    var text = "interrupted"
    if let line = state.running?.line {
      text += " in \(line.number.map { "step \($0) of \(line.count), " } ?? "")\(line.name)"
    }
    guard let kept = state.kept else { return text + "; no file is left half written" }
    let finished =
      state.steps.isEmpty
      ? "; what is finished is" : ": \(state.ended) of \(state.steps.count) steps are done and"
    return text + finished + " kept in \(kept); the same command goes on from there"
  }

  // MARK: - Events

  private func show(_ event: JobProgress.Event) {
    state.withLock { state in
      switch event {
      case .planned(let steps): (state.steps, state.ended) = (steps, 0)
      case .began(let step, let note): begin(step, note, &state)
      case .moved(let share, let note): move(share, note, &state)
      case .ended(let step): if state.running?.line.name == step { end(&state) }
      case .reused(let step): reuse(step, &state)
      }
    }
  }

  private func line(_ step: String, _ state: State) -> StepLine {
    let place = state.steps.firstIndex(of: step)
    return StepLine(number: place.map { $0 + 1 }, count: state.steps.count, name: step)
  }

  private func begin(_ step: String, _ note: String, _ state: inout State) {
    guard state.running?.line.name != step else { return }
    end(&state)
    tellReused(&state)
    state.running = Running(line: line(step, state))
    state.said = .now
    if state.style == .lines {
      say("\(line(step, state).title) …" + (note.isEmpty ? "" : " (\(note))"))
    }
    draw(&state)
  }

  private func move(_ share: Double?, _ note: String, _ state: inout State) {
    guard let running = state.running else {
      if state.style == .lines, share == nil, !note.isEmpty { say(note) }
      return
    }
    let isNew = !note.isEmpty && note != running.line.note
    // Two parts that tell of the same range go on from where the first ended.
    let share = share.map { max($0, running.line.share ?? 0) }
    state.running?.line.share = share ?? running.line.share
    state.running?.line.note = note
    guard state.style == .lines else { return draw(&state) }
    guard isNew && share == nil || ContinuousClock.now - state.said > Self.patience else { return }
    state.said = .now
    if let line = state.running?.now { say(line.running(columns: .max)) }
  }

  private func reuse(_ step: String, _ state: inout State) {
    state.ended += 1
    if state.style == .lines {
      say("\(line(step, state).title): done before, reused")
    } else {
      state.reused += 1
    }
  }

  private func end(_ state: inout State) {
    guard let line = state.running?.now else { return }
    state.running = nil
    state.ended += 1
    clear(&state)
    switch state.style {
    case .none: break
    case .lines: say("\(line.title): \(StepLine.clock(line.seconds))")
    case .renewed:
      // What is over at once leaves no line, unless the plan has it.
      guard line.number != nil || line.seconds >= 1 else { break }
      Output.showProgress(line.ended(columns: columns) + "\n")
    }
  }

  private func tellReused(_ state: inout State) {
    guard state.reused > 0 else { return }
    clear(&state)
    if state.style == .renewed {
      Output.showProgress("✓ \(state.reused) step\(state.reused == 1 ? "" : "s") done before, reused\n")
    }
    state.reused = 0
  }

  // MARK: - The line

  /// One less than the terminal has: a full line would begin the next.
  private var columns: Int { max(20, (Terminal.columns(STDERR_FILENO) ?? 80) - 1) }

  private func draw(_ state: inout State) {
    guard state.style == .renewed, let line = state.running?.now else { return }
    let text = line.running(columns: columns)
    Output.showProgress(
      "\r" + (Terminal.isColoured(STDERR_FILENO) ? "\u{1B}[2m\(text)\u{1B}[0m" : text) + Self.clearing)
    state.isOnScreen = true
  }

  private func clear(_ state: inout State) {
    guard state.isOnScreen else { return }
    Output.showProgress("\r" + Self.clearing)
    state.isOnScreen = false
  }

  /// To the end of the line.
  private static let clearing = "\u{1B}[K"

  private func say(_ text: String) { Output.showProgress("\(Console.name): \(TerminalText.safe(text))\n") }
}
