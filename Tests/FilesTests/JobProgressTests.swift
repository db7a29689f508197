import Dispatch
import Files
import Synchronization
import Testing

@Suite struct JobProgressTests {
  private final class Told: Sendable {
    let events = Mutex<[JobProgress.Event]>([])

    func progress(every pause: Duration = .zero) -> JobProgress {
      JobProgress(every: pause) { event in self.events.withLock { $0.append(event) } }
    }

    var all: [JobProgress.Event] { events.withLock { $0 } }
  }

  @Test func partsLieWithinTheWhole() {
    let told = Told()
    told.progress().part(0.5...1, "fits") {
      JobProgress.current.part(1, of: 2, "ridge") {
        JobProgress.current.tell(1, of: 2, "folds")
      }
      JobProgress.current.tell("reading")
    }
    #expect(
      told.all == [
        .moved(0.5, note: "fits"), .moved(0.75, note: "fits: ridge"),
        .moved(0.875, note: "fits: ridge: folds"), .moved(nil, note: "fits: reading"),
      ])
  }

  @Test func nobodyNeedsToListen() {
    JobProgress.current.begin("a")
    #expect(
      JobProgress.current.part(0...1) {
        JobProgress.current.counter(of: 3).add()
        return 7
      } == 7)
  }

  @Test func errorsOfAPartKeepTheirType() {
    struct Fault: Error, Equatable {}
    do throws(Fault) {
      try Told().progress().part(0...1) { () throws(Fault) in throw Fault() }
      Issue.record("the part did not throw")
    } catch {
      #expect(error == Fault())
    }
  }

  /// However often a loop tells, little passes on; steps and the end always do.
  @Test func loopsMayTellOften() {
    let told = Told()
    let progress = told.progress(every: .seconds(600))
    progress.begin("a")
    let counter = progress.counter(of: 10_000)
    DispatchQueue.concurrentPerform(iterations: 10_000) { _ in counter.add() }
    progress.end("a")
    #expect(told.all.count <= 4)
    #expect(told.all.first == .began("a", note: "") && told.all.last == .ended("a"))
    #expect(told.all.contains(.moved(1, note: "")))
  }
}
