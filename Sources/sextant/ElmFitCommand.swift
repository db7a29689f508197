public import ArgumentParser
import Checkpoints
import Distribution
import Domains
public import ELM
import Files
import Foundation
import Reports
import Stores
import Training
import Workflow

struct ElmFitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Teach a language model to read the vectors of a domain.",
    discussion: """
      An adapter carries a vector into the model as K pseudo-tokens; it learns from the tasks' answers about training items, \
      with the model frozen, or with LoRA: after it (--stages adapter,lora), or at once (joint). `all` trains every weight of a small model. \
      --start emb2emb begins at the least-squares map from vectors to the model's own tokens of the same names; with fixed it stays there. \
      --start answers begins at the map to the tokens of what is said of items, for domains whose names are no tokens.

      While it trains, validation items are looked at every --every steps: the loss of their answers, and how many have their own answer \
      first among 20, by its log-likelihood with the vector less that with the mean vector. What was best there is kept, and a stage ends \
      when --patience looks in a row were no better. The state is kept at least every two minutes: a fit that was killed goes on to \
      the same result when the same command is given again.

      Prints the path of the model, NAME.elm.h5, and the looks; writes the learning curve beside it, as CSV and, where gnuplot is \
      installed, as SVG.

      Example:
        sextant elm fit smollm2-135m wordnet-glove --tasks words
        sextant elm fit smollm2-135m wordnet-glove --tasks mine.yaml --tokens 8 --stages adapter,lora --name mine
      """)

  @Argument(help: .model) var model: String
  @Argument(help: "The domain: its name in the models folder, or the path of its file.") var domain: String
  @Option(help: "A set of tasks of the program, words or films, or the path of a file.") var tasks = "words"
  @Option(
    help: ArgumentHelp(
      "What it is called: NAME.elm.h5 in the models folder (default: MODEL.DOMAIN).", valueName: "name"))
  var name: String?
  @Option(help: "Pseudo-tokens of a vector.") var tokens = ElmOptions().tokens
  @Option(help: "One layer or two.") var layers = AdapterLayers.linear
  @Option(help: "Units between two layers.") var hidden = 512
  @Option(
    help:
      "Where the adapter starts (default: emb2emb where names of the domain are tokens of the model, else answers)."
  )
  var start: AdapterStart?
  @Option(help: "What learns, and when.") var stages = ElmOptions().stages
  @Option(help: "The rank of LoRA.") var rank = ElmOptions().rank
  @Option(help: "α of LoRA; its updates are scaled by α / rank.") var alpha = ElmOptions().alpha
  @Option(help: "The share of LoRA's inputs that are left out at random while it learns, below 1; 0: none.")
  var dropout = 0.0
  @Option(help: "Steps of a stage at most.") var steps = ElmOptions().training.steps
  @Option(help: "Examples whose gradient is taken at once.") var batch = ElmOptions().training.batchSize
  @Option(help: "Batches that make one step.") var accumulation = ElmOptions().training.accumulation
  @Option(help: "The largest learning rate of the adapter alone.")
  var learningRate = ElmOptions().training.learningRate
  @Option(help: "The largest learning rate where weights of the model learn.")
  var weightLearningRate = ElmOptions().weightLearningRate
  @Option(help: "Steps until the largest learning rate.") var warmUp = 50
  @Option(help: "The decay of matrices.") var weightDecay = ElmOptions().training.optimiser.weightDecay
  @Option(help: "The seed of first weights and of the order of examples.") var seed = ElmOptions().training
    .seed
  @Option(help: "The share of items that the result is judged on.") var test = DomainSplit.Options().test
  @Option(help: "The share of items that tell when training stops.")
  var validation = DomainSplit.Options().validation
  @Option(help: "The seed of the split.") var splitSeed = DomainSplit.Options().seed
  @Option(help: "Steps between two looks at the validation items.") var every = ElmOptions()
    .evaluationInterval
  @Option(help: "Looks in a row without a better one that end a stage; 0: none do.")
  var patience = ElmOptions().patience
  @Option(
    help: ArgumentHelp(
      "The task by whose answers validation items are told apart (default: \(ElmOptions.defaultWatched), or the set's first).",
      valueName: "task"))
  var watch: String?
  @Option(help: "Validation items that are looked at.") var looks = ElmOptions().validationItems
  @Flag(
    inversion: .prefixedNo, help: "Put prompts through the model's chat template (default: where it has one)."
  )
  var chat: Bool?
  @OptionGroup var format: FormatOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  /// Layers of an adapter.
  enum AdapterLayers: String, ExpressibleByArgument, CaseIterable {
    case linear, mlp
  }

  func validate() throws {
    guard layers == .linear || hidden > 0 else { throw ValidationError("--hidden must be 1 or more") }
    if let name, let fault = ModelName.fault(name) {
      throw ValidationError("--name takes a name for files, not \"\(name)\": \(fault)")
    }
  }

  private var options: ElmOptions {
    var options = ElmOptions()
    (options.tokens, options.hidden) = (tokens, layers == .mlp ? hidden : 0)
    (options.start, options.stages, options.rank, options.alpha) = (start, stages, rank, alpha)
    (options.isChat, options.watched) = (chat, watch)
    options.dropout = dropout == 0 ? nil : dropout
    (options.training.steps, options.training.batchSize) = (steps, batch)
    (options.training.accumulation, options.training.learningRate) = (accumulation, learningRate)
    options.training.schedule = .cosine(warmUp: warmUp, floor: 0.1)
    (options.training.optimiser.weightDecay, options.training.seed) = (weightDecay, seed)
    options.weightLearningRate = weightLearningRate
    (options.split.test, options.split.validation, options.split.seed) = (test, validation, splitSeed)
    (options.evaluationInterval, options.patience, options.validationItems) = (every, patience, looks)
    return options
  }

  func run() throws {
    let console = Console(verbosity)
    try options.validate()
    let tasks = try TaskSet.named(tasks)
    let (domain, reference) = try folders.identifiedDomain(domain)
    let loaded = try LensModel(model, folders, console)
    let name = name ?? "\(loaded.name).\(domain.name)"
    let path = "\(folders.models)/\(name)\(ElmStore.ending)"
    if FileManager.default.fileExists(atPath: path) { throw StoreError.exists(path: path) }
    folders.sayFolder(console)
    let blocks = "\(folders.models)/.blocks"
    try OutputFile.makeFolder(blocks)
    let identity = loaded.identity
    console.progress("examples of \(domain.name)")
    let fit = try ElmFit(
      on: loaded.model, identity, domain, reference, tasks, options: options,
      keepingIn: "\(blocks)/\(name)\(ElmStore.ending.dropLast(3))", toolVersion: toolVersion)
    say(fit, console)
    let folder = BlockFolder(URL(filePath: blocks), version: Ranks.build)
    let trained = try Ranks.run(keeping: folder) { try fit.run { say($0, fit, console) } }
    guard let record = trained else { return }
    try record.write(to: path)
    fit.removeKept()
    let curve = ElmCurve(record)
    try curve.write(beside: path, name: name) { console.note($0) }
    format.say([path, ""])
    try format.emit([curve.table(name: name, items: fit.lookedAtCount, candidates: fit.candidateCount)])
  }

  private func say(_ look: ElmFit.Look, _ fit: ElmFit, _ console: Console) {
    let loss = look.loss.map { ", training loss \(String(format: "%.3f", $0))" } ?? ""
    console.note(
      "\(look.stage), step \(look.evaluation.step): held-out loss \(String(format: "%.3f", look.evaluation.loss)), "
        + "\(fit.watched) \(Int((100 * look.evaluation.identified).rounded())) % told from "
        + "\(fit.candidateCount - 1) others\(loss)" + (look.isBest ? "; the best so far" : ""))
  }

  private func say(_ fit: ElmFit, _ console: Console) {
    console.note(
      "\(fit.exampleCount) examples of \(String(format: "%.0f", fit.meanLength)) tokens on average"
        + (fit.isChat ? ", through the model's chat template" : ""))
    if let shared = fit.shared {
      console.note(
        "the adapter starts at the map of \(shared.items.count) names that are one token of the model, "
          + "\(shared.spaced) with a space in front")
    } else if let count = fit.startPairCount {
      console.note("the adapter starts at the map to the tokens of \(count) answers of \(fit.watched)")
    } else if start == nil {
      console.note(
        "the adapter starts at random: fewer than \(ElmFit.leastPairs) names are one token of the model, or answers about one vector"
      )
    }
  }
}

extension AdapterStart: ExpressibleByArgument {}
extension ElmOptions.Stages: ExpressibleByArgument {}

extension ModelOptions {
  /// A domain with its name and the identity of its content.
  func identifiedDomain(_ name: String) throws -> (domain: Domain, reference: StoreReference) {
    let (domain, identity) = try Domain.identified(domainPath(name))
    return (domain, StoreReference(name: domain.name, identity: identity))
  }
}
