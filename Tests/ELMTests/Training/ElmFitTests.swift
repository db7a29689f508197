import Domains
import ELM
import Files
import Foundation
import Stores
import Tensors
import TestSupport
import Testing
import Training
import Transformers

private struct Stopped: Error {}

@Suite struct ElmFitTests {
  @Test(arguments: ElmOptions.Stages.allCases) func aRunIsLookedAtAndItsBestIsKept(
    _ stages: ElmOptions.Stages
  )
    throws
  {
    let model = try tinyModel()
    let folder = try TemporaryFolder()
    let fit = try fit(quick(stages), on: model, in: folder)
    var looks: [ElmFit.Look] = []
    let record = try fit.run { looks.append($0) }
    let stageCount = stages == .twoStage ? 2 : 1
    #expect(record.losses.count == 30 * stageCount && record.losses.allSatisfy(\.isFinite))
    #expect(looks.count == 4 * stageCount)
    #expect(
      record.evaluations.map(\.step)
        == (stages == .twoStage ? [0, 10, 20, 30, 40, 50, 60] : [0, 10, 20, 30]))
    // What is kept is what a look found best: of as many items told apart, the smallest loss.
    let best = try #require(
      record.evaluations.max { ($0.identified, -$0.loss) < ($1.identified, -$1.loss) })
    #expect(record.evaluations.first { $0.step == record.step } == best)
    #expect(record.weights.isEmpty == (stages == .adapter))
    #expect((record.alpha > 0) == (stages == .twoStage || stages == .joint))
    let elm = try EmbeddingLanguageModel(record, on: model)
    #expect(elm.pseudoTokens(of: letters(of: model).vectors).rows == 160)
    #expect(try TaskSet(yaml: record.tasks, name: "letters", file: "record") == letterTasks())
    fit.removeKept()
    #expect(folder.names.isEmpty)
  }

  @Test func aModelLearnsItsTexts() throws {
    let model = try tinyModel()
    var options = quick(.all, steps: 60)
    options.weightLearningRate = 0.01
    let folder = try TemporaryFolder()
    let record = try fit(options, on: model, in: folder).run()
    let (first, last) = (record.losses.prefix(5).reduce(0, +), record.losses.suffix(5).reduce(0, +))
    #expect(last < 0.7 * first, "\(first / 5) to \(last / 5)")
  }

  /// A run that is stopped anywhere goes on to the same bits: `look` is told before the state of its step is kept, so the last
  /// checkpoint is older than the last look, as after a kill.
  @Test(arguments: [ElmOptions.Stages.adapter, .twoStage]) func aStoppedRunGoesOnToTheSameBits(
    _ stages: ElmOptions.Stages
  ) throws {
    let model = try tinyModel()
    let (other, folder) = (try TemporaryFolder(), try TemporaryFolder())
    let whole = try fit(quick(stages), on: model, in: other).run()
    for stop in stages == .adapter ? [0, 20] : [20, 30, 10] {
      var hasStopped = false
      #expect(throws: Stopped.self) {
        try fit(quick(stages), on: model, in: folder).run { look in
          guard !hasStopped, look.evaluation.step == stop else { return }
          hasStopped = true
          throw Stopped()
        }
      }
    }
    let rest = try fit(quick(stages), on: model, in: folder).run()
    #expect(undated(rest) == undated(whole))
    // A finished run is not trained again.
    let again = try fit(quick(stages), on: model, in: folder).run { _ in Issue.record("a look after the last")
    }
    #expect(undated(again) == undated(whole))
  }

  /// What dropout leaves out is known from the seed and the batch: a run that is stopped, and one of two ranks, come to the same bits.
  @Test func dropoutGoesOnToTheSameBits() throws {
    let model = try tinyModel()
    var options = quick(.joint, steps: 20)
    (options.dropout, options.training.accumulation) = (0.3, 2)
    let (one, two, three, four) = (
      try TemporaryFolder(), try TemporaryFolder(), try TemporaryFolder(), try TemporaryFolder()
    )
    let whole = try fit(options, on: model, in: one).run()
    #expect(throws: Stopped.self) {
      try fit(options, on: model, in: two).run { if $0.evaluation.step == 10 { throw Stopped() } }
    }
    #expect(undated(try fit(options, on: model, in: two).run()) == undated(whole))
    let shared = options
    for record in try onRanks(2, { try fit(shared, on: model, in: three).run() }) {
      #expect(undated(record) == undated(whole))
    }
    var other = options
    other.dropout = nil
    #expect(throws: ElmError.self) { try fit(other, on: model, in: one).run() }
    let without = try fit(other, on: model, in: four).run()
    #expect(without.losses != whole.losses && without.losses.allSatisfy { $0.isFinite })
  }

  /// Two ranks, threads here, share the batches of a step and come to the bits of one process; one of them writes.
  @Test func ranksComeToTheSameBits() throws {
    let model = try tinyModel()
    var options = quick(.twoStage, steps: 10)
    options.training.accumulation = 2
    let (one, two) = (try TemporaryFolder(), try TemporaryFolder())
    let alone = try fit(options, on: model, in: one).run()
    let shared = options
    for record in try onRanks(2, { try fit(shared, on: model, in: two).run() }) {
      #expect(undated(record) == undated(alone))
    }
  }

  @Test func aRunEndsWhereNothingIsBetter() throws {
    let model = try tinyModel()
    var options = quick(steps: 200)
    // A rate that brings nothing.
    (options.training.learningRate, options.training.optimiser.weightDecay) = (1e-12, 0)
    (options.evaluationInterval, options.patience) = (5, 3)
    let folder = try TemporaryFolder()
    let record = try fit(options, on: model, in: folder).run()
    let steps = record.evaluations.map(\.step)
    #expect(record.losses.count == steps.last && steps.count < 40, "\(steps)")
    #expect(steps.count - 1 - (steps.firstIndex(of: record.step) ?? -1) == 3)
    #expect(undated(try fit(options, on: model, in: folder).run()) == undated(record))
  }

  @Test func filesOfAnotherRunAreRefused() throws {
    let model = try tinyModel()
    let folder = try TemporaryFolder()
    _ = try fit(quick(), on: model, in: folder).run()
    var other = quick()
    other.training.seed = 2
    let error = #expect(throws: ElmError.self) { try fit(other, on: model, in: folder).run() }
    #expect(error?.kind == .misfit && (error?.description ?? "").contains("the options"))
    let tasks = try TaskSet(name: "t", tasks: [ElmTask(name: "a", prompt: "{vector}", answer: "{kind}")])
    #expect(throws: (any Error).self) { try fit(quick(), on: model, in: folder, tasks: tasks).run() }
  }

  /// What cannot be written is said, and what was kept before stays whole.
  @Test func whatCannotBeWrittenLosesNothing() throws {
    let model = try tinyModel()
    let folder = try TemporaryFolder()
    #expect(throws: Stopped.self) {
      try fit(quick(), on: model, in: folder).run { if $0.evaluation.step == 20 { throw Stopped() } }
    }
    let kept = folder.file("kept/run.adapter.training.h5")
    let bytes = try Data(contentsOf: URL(filePath: kept))
    #expect(throws: (any Error).self) {
      try ElmFit(
        on: model, tinyReference, letters(of: model), lettersReference, letterTasks(), options: quick(),
        keepingIn: kept + "/run", toolVersion: "sextant test"
      ).run()
    }
    #expect(try Data(contentsOf: URL(filePath: kept)) == bytes)
    let rest = try fit(quick(), on: model, in: folder).run()
    #expect(rest.losses.count == 30)
  }

  // MARK: - Bad input

  @Test func textsBeyondTheContextAreNamed() throws {
    let model = try tinyModel()
    var domain = letters(of: model)
    domain.fields[0] = Domain.Field(
      "number", Array(repeating: [String(repeating: "x", count: 600)], count: 80))
    let error = #expect(throws: DomainError.self) {
      try fit(quick(), on: model, in: TemporaryFolder(), domain: domain)
    }
    #expect(error?.kind == .usage && (error?.description ?? "").contains("512"))
  }

  @Test func domainsThatCannotBeLearnedFromAreRefused() throws {
    let model = try tinyModel()
    let few = letters(of: model, count: 3)
    let small = #expect(throws: (any Error).self) {
      try fit(quick(), on: model, in: TemporaryFolder(), domain: few)
    }
    #expect((small as? any Failure)?.kind == .notEvaluable)
    var equal = letters(of: model)
    equal.vectors = Matrix(rows: 80, columns: 40, repeating: 1)
    let flat = #expect(throws: ElmError.self) {
      try fit(quick(), on: model, in: TemporaryFolder(), domain: equal)
    }
    #expect(flat?.kind == .notEvaluable)
    let tasks = try TaskSet(name: "t", tasks: [ElmTask(name: "a", prompt: "{vector}", answer: "{gloss}")])
    #expect(throws: DomainError.self) { try fit(quick(), on: model, in: TemporaryFolder(), tasks: tasks) }
    #expect(throws: DomainError.self) { try TaskSet(name: "none", tasks: []) }
  }

  @Test func optionsOutOfRangeAreNamed() throws {
    for (name, change) in [
      ("tokens", { $0.tokens = 0 }), ("rank", { $0.rank = 0 }), ("candidates", { $0.candidates = 1 }),
      ("alpha", { $0.alpha = 0 }), ("layers", { $0.layers = [] }),
      ("dropout", { ($0.dropout, $0.stages) = (1, .joint) }),
      ("dropout", { ($0.dropout, $0.stages) = (0.1, .adapter) }),
    ] as [(String, (inout ElmOptions) -> Void)] {
      var options = ElmOptions()
      change(&options)
      let error = #expect(throws: ElmError.self) { try options.validate() }
      guard case .option(name, _, _)? = error else {
        Issue.record("\(name): \(String(describing: error))")
        continue
      }
    }
    var options = quick()
    options.isChat = true
    #expect(throws: ElmError.self) { try fit(options, on: tinyModel(), in: TemporaryFolder()) }
  }
}
