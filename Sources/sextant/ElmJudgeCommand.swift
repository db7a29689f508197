import ArgumentParser
import Domains
import ELM
import Files
import Reports
import Stores
import StudyReports

struct ElmJudgeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "judge",
    abstract: "Judge how much a model hears of vectors that no training has shown it.",
    discussion: """
      On items that were held out, task by task. Recognition: is an item's true text the likeliest of 100, by what its vector adds to the \
      text's log-probability beside the mean vector; and is its vector the best beside its text. Consistency (SC): the cosine of the \
      answer's own vector in the domain and the item's, both about the mean; whether both put the domain's items in the same order \
      (Kendall's τ, NDCG@10). Variety (distinct-n) and copies of training texts.

      Every number stands beside its controls, with the paired difference and its interval (bootstrap over items): another item's \
      vector, no vector, the mean vector, the nearest training item's own text, and the model as its checkpoint has it asked by name.

      Several models, such as one trained with three seeds, are judged on the same items. --seeds repeats everything with other items, \
      texts and other items' vectors. --between asks about points on the way from one held-out item to another. --cav asks whether an attribute can be turned up: points are moved along its direction, and it \
      is read back from the answers, beside random directions. --tokens says what the pseudo-tokens are near to.

      Example:
        sextant elm judge smollm2-135m.wordnet-glove
        sextant elm judge smollm2-135m.wordnet-glove --items 50 --task definition --json
        sextant elm judge smollm2-135m.wordnet-glove --between --cav kind=person --tokens
      """)

  @Argument(help: "Embedding language models: names in the models folder, or paths of files.") var elms:
    [String]
  @Option(help: ArgumentHelp("Judge this task of the set alone; repeatable.", valueName: "name")) var task:
    [String] = []
  @Option(help: "Held-out items of each task.") var items = JudgeOptions().items
  @Option(help: "Texts among which the true one is looked for.") var texts = JudgeOptions().texts
  @Option(help: "Most tokens of an answer.") var maxTokens = JudgeOptions().maximumTokens
  @Option(help: "Draws of items, texts and other items' vectors.") var seeds = 1
  @Option(help: "The first seed of the draws.") var seed = JudgeOptions().seed
  @Option(help: "Coverage of intervals.") var confidence = JudgeOptions().confidence
  @Flag(inversion: .prefixedNo, help: "Also ask the model as its checkpoint has it by the items' names.")
  var byName = true
  @Option(help: "Examples of each task that are shown.") var show = 5
  @Option(
    help: ArgumentHelp("Turn an attribute up and down: FILE, FIELD=TEXT or FIELD.", valueName: "attribute"))
  var cav: String?
  @Option(help: "How its direction is found: ridge, or logistic for attributes of 0 and 1.")
  var cavMethod = ConceptDirection.Method.ridge
  @Option(
    name: .customLong("lambda"), parsing: .unconditional,
    help: ArgumentHelp("How far points are moved, numbers by commas.", valueName: "numbers"))
  var lambda = NumberList([-4, -2, 0, 2, 4])
  @Flag(help: "Also ask about points between held-out items.") var between = false
  @Flag(help: "Say what the pseudo-tokens are near to.") var tokens = false
  @OptionGroup var source: ElmSourceOptions
  @OptionGroup var format: FormatOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard !elms.isEmpty else { throw ValidationError("name a model") }
    guard seeds > 0 else { throw ValidationError("--seeds must be 1 or more") }
    guard show >= 0 else { throw ValidationError("--show must be 0 or more") }
  }

  private func options(_ draw: Int) -> JudgeOptions {
    var options = JudgeOptions()
    (options.items, options.texts, options.maximumTokens) = (items, texts, maxTokens)
    (options.asksByName, options.confidence, options.seed) = (byName, confidence, seed &+ UInt64(draw))
    return options
  }

  func run() throws {
    let console = Console(verbosity)
    var verdict = ElmVerdict()
    for name in elms {
      let opened = try source.open(name, folders, console)
      let (file, model) = (opened.file, opened.model)
      let chosen = try file.chosen(task)
      let judge = try ElmJudge(model, file)
      let asked = chosen.first { $0.arity == .one }
      for draw in 0..<seeds {
        console.progress("judging \(name)" + (seeds > 1 ? ", seed \(seed &+ UInt64(draw))" : ""))
        verdict.judgements.append(try judge.judge(file.name, on: chosen, options: options(draw)))
      }
      if between, let asked {
        verdict.ways.append(.init(name: file.name, value: try judge.between(asked, options: options(0))))
      }
      if let cav {
        let concept = try ConceptDirection(
          ItemAttribute(cav, of: file.domain), cavMethod, in: file.domain, file.record.standardisation,
          training: file.split.items(of: .training))
        verdict.sweeps.append(
          .init(
            name: file.name,
            value: try judge.sweep(
              concept, question: ElmQuestion(asked?.name, points: 1, tasks: file.tasks),
              lambdas: lambda.numbers, file.record.standardisation, options: options(0))))
      }
      if tokens {
        verdict.tokens.append(
          .init(
            name: file.name,
            value: model.pseudoTokenMeaning(
              of: file.split.items(of: .test), in: file.domain, training: file.split.items(of: .training))))
      }
    }
    try format.emit(ElmTables(verdict, shown: show).all.map(\.table)) { try TextOutput.json(verdict) }
  }
}
