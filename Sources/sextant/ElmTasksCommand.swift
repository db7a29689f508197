import ArgumentParser
import Domains
import Reports
import Stores
import Tensors

struct ElmTasksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tasks",
    abstract: "List the sets of tasks, print the file of one, or show what a set asks of a domain.",
    discussion: """
      A task is a prompt in which vectors stand and an answer made of the items' texts; a set of them is a file in YAML, or JSON Lines \
      with one task a line. The file of a set of the program is a template for your own:

        tasks:
          - name: definition
            prompt: "What does {vector} mean?"
            answer: "{gloss}"

      A prompt has {vector}, or {first} and {second}, or {between} (a point between two items; {between:0.25} at a quarter of the way). \
      An answer has fields of the domain: {gloss}, at most three as {synonyms:3}, of two items {first.gloss}, {second.gloss} and \
      {shared.kind:1}; {name} is the item's name, {{ and }} are braces. An item that lacks a text of the answer gives no example. \
      Second items are near ones, or any with `partners: any`.

      With --domain: how many examples each task has in each part of the split, and some of the test's, drawn by the seed. The split \
      goes by a hash of the item (words of one synset stay together), so items that are added later move no other.

      Example:
        sextant elm tasks
        sextant elm tasks words > mine.yaml
        sextant elm tasks mine.yaml --domain wordnet-glove --show 2
      """)

  @Argument(help: "A set of the program, words or films, or the path of a file of tasks.") var set: String?
  @Option(help: "The domain that is asked about: its name in the models folder, or the path of its file.")
  var domain: String?
  @Option(help: "Examples of each task that are shown.") var show = 1
  @Option(help: "The share of items that the result is judged on.") var test = DomainSplit.Options().test
  @Option(help: "The share of items that tell when training stops.")
  var validation = DomainSplit.Options().validation
  @Option(help: "The seed of the split, of partners, and of the examples that are shown.") var seed: UInt64 =
    1
  @OptionGroup var format: FormatOptions
  @OptionGroup var folders: ModelOptions

  func validate() throws {
    guard show >= 0 else { throw ValidationError("--show must be 0 or more") }
    guard domain == nil || set != nil else {
      throw ValidationError("--domain asks for a set of tasks as well")
    }
  }

  func run() throws {
    guard let set else { return try list() }
    guard let domain else {
      guard !TaskSet.bundledNames.contains(set) else {
        return print(try TaskSet.bundledFile(set), terminator: "")
      }
      let tasks = try TaskSet.named(set)
      return try format.emit([Self.table(tasks)])
    }
    try examples(try TaskSet.named(set), of: try folders.domain(domain))
  }

  private func list() throws {
    let sets = try TaskSet.bundledNames.map { try TaskSet.named($0) }
    try format.emit([
      Table(
        "Sets of tasks that are part of the program.",
        columns: [.init("set"), .init("tasks", .integer), .init("what")],
        rows: sets.map { [.text($0.name), .integer($0.tasks.count), .text($0.description)] })
    ])
  }

  private static func table(_ set: TaskSet) -> Table {
    Table(
      "Tasks of \(set.name).", columns: [.init("task"), .init("prompt"), .init("answer")],
      rows: set.tasks.map { [.text($0.name), .text($0.prompt.source), .text($0.answer.source)] })
  }

  private func examples(_ set: TaskSet, of domain: Domain) throws {
    var options = DomainSplit.Options()
    (options.test, options.validation, options.seed) = (test, validation, seed)
    let split = try DomainSplit(domain, options: options)
    let parts = DomainSplit.Part.allCases
    let all = try parts.map { try set.examples(of: domain, split, $0) }
    let counts = Table(
      "Examples of \(set.name) on \(domain.name), by the part of their items; \(items(split)); seed \(seed).",
      columns: [.init("task")] + parts.map { .init($0.rawValue, .integer) },
      rows: set.tasks.map { task in
        [.text(task.name)] + all.map { part in .integer(part.count { $0.task == task.name }) }
      })
    var random = SeededRandom(seed: seed)
    let shown = set.tasks.flatMap { task -> [ElmExample] in
      let own = (all.last ?? []).filter { $0.task == task.name }
      return random.sample(min(show, own.count), of: own.count).map { own[$0] }
    }
    let examples = Table(
      "Examples of the test, drawn by the seed; the model reads a vector where a name stands in brackets.",
      columns: [.init("task"), .init("prompt"), .init("answer")],
      rows: shown.map { [.text($0.task), .text($0.words(in: domain)), .text($0.answer)] })
    try format.emit(show > 0 ? [counts, examples] : [counts])
  }

  private func items(_ split: DomainSplit) -> String {
    DomainSplit.Part.allCases.map { "\(split.items(of: $0).count) items for \($0.rawValue)" }.joined(
      separator: ", ")
  }
}
