import Checkpoints
import Domains
import ELM
import LinearAlgebra
import Stores
import Tensors
import TestSupport
import Tokenizers
import Training
import Transformers

/// A tiny model with random weights; its vocabulary is printable ASCII.
func tinyModel(_ name: String = "llama") throws -> Model {
  try Model.load(Checkpoint.open(tinyCheckpoint(name)))
}

let tinyReference = StoreReference(name: "tiny", identity: "cafe", source: nil)
let lettersReference = StoreReference(name: "letters", identity: "beef", source: nil)

/// Characters that are tokens of the tiny models; the vector of each is a fixed linear image of the model's own row, 40 wide.
func letters(of model: Model, count: Int = 80) -> Domain {
  let names = (0..<count).map { String(UnicodeScalar(UInt8(35 + $0))) }
  let rows = model.embed(names.compactMap { model.tokenizer.id(form: $0) })
  var random = SeededRandom(seed: 3)
  return Domain(
    name: "letters", recipe: "test", sources: [], names: names,
    vectors: multiply(rows, normalMatrix(rows.columns, 40, &random)),
    fields: [
      Domain.Field("number", (0..<count).map { ["\($0 * 37 % 100)"] }),
      Domain.Field("kind", (0..<count).map { [$0 < 40 ? "low" : "high"] }),
    ], toolVersion: "test", date: "2026-01-01T00:00:00Z")
}

func letterTasks() throws -> TaskSet {
  try TaskSet(
    name: "letters",
    tasks: [
      ElmTask(name: "number", prompt: "what of {vector}?", answer: "{number}"),
      ElmTask(
        name: "two", prompt: "{first} and {second} are", answer: "{first.kind} and {second.kind}",
        partners: .any),
    ])
}

/// Some steps that take no time.
func quick(_ stages: ElmOptions.Stages = .adapter, steps: Int = 30) -> ElmOptions {
  var options = ElmOptions()
  (options.start, options.stages, options.tokens, options.rank, options.alpha) = (.random, stages, 2, 2, 4)
  (options.training.steps, options.training.batchSize, options.training.learningRate) = (steps, 8, 0.02)
  options.training.schedule = .constant
  (options.weightLearningRate, options.evaluationInterval, options.patience) = (0.02, 10, 0)
  (options.split.validation, options.validationItems, options.candidates) = (0.15, 6, 4)
  return options
}

func fit(
  _ options: ElmOptions, on model: Model, in folder: TemporaryFolder, every interval: Duration = .zero,
  domain: Domain? = nil, tasks: TaskSet? = nil
) throws -> ElmFit {
  try ElmFit(
    on: model, tinyReference, domain ?? letters(of: model), lettersReference, tasks ?? letterTasks(),
    options: options, keepingIn: folder.file("kept/run"), every: interval, toolVersion: "sextant test")
}

/// The record but for the time at which it was made.
func undated(_ record: ElmRecord) -> ElmRecord {
  var record = record
  record.date = ""
  return record
}
