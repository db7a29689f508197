public import ArgumentParser
import Domains
public import ELM
import Files
import Foundation
import Reports
import Stores
import Transformers

struct ElmAskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ask",
    abstract: "Ask a model about a point of its domain, in words.",
    discussion: """
      A point is an item (item:king, item:"New York"), a row of a file (row:vectors.npy#17), a file of one row (vector:v.npy), or a sum \
      of such: item:king - item:man + item:woman, mean(a, b), lerp(a, b, 0.5), slerp(a, b, 0.5), as in `sextant read`. The question has \
      {vector} where the point stands, {first} and {second} with --second; without a placeholder the point follows the question. The \
      name of a task that was trained, such as definition, is that task's question.

      Beside the answer stand its controls: what the same question gets about the mean vector, another item's vector, and no vector at \
      all; an answer that they get too says nothing of the point. SC is the cosine of the answer's own vector in the domain (its words' rows, the \
      item's name never counted) and the point, both about the mean; its rank is that of the point among all items. Off the \
      manifold says how far the nearest training item is, as a percentile of that of held-out items.

      --grid asks about points on the way to another; --cav moves the point along the direction of an attribute: a file of name and \
      value, FIELD=TEXT, or FIELD with numbers. λ is in units of the domain's spread.

      Example:
        sextant elm ask smollm2-135m.wordnet-glove item:king definition
        sextant elm ask smollm2-135m.wordnet-glove item:king "What is {vector}?" --grid item:queen --steps 5
        sextant elm ask smollm2-135m.wordnet-glove item:dog --cav kind=person --lambda -2,0,2
      """)

  @Argument(help: .elm) var elm: String
  @Argument(help: "The point, in single quotes for the shell.") var point: String
  @Argument(help: "The question, or the name of a task (default: the first task of as many points).")
  var question: String?
  @Option(help: ArgumentHelp("A second point, for {first} and {second}.", valueName: "point")) var second:
    String?
  @Option(help: ArgumentHelp("Ask about points on the way to this one, too.", valueName: "point")) var grid:
    String?
  @Option(help: "Points of the grid, its ends among them.") var steps = 5
  @Option(help: ArgumentHelp("Move the point along the direction of an attribute.", valueName: "attribute"))
  var cav: String?
  @Option(help: "How the direction is found: ridge, or logistic for attributes of 0 and 1.")
  var cavMethod = ConceptDirection.Method.ridge
  @Option(
    name: .customLong("lambda"), parsing: .unconditional,
    help: ArgumentHelp("How far, numbers by commas.", valueName: "numbers"))
  var lambda = NumberList([-2, -1, 0, 1, 2])
  @Option(help: "Most tokens of an answer.") var maxTokens = JudgeOptions().maximumTokens
  @Option(help: "0 takes the likeliest token; larger values vary more.") var temperature = 0.0
  @Option(help: "Draws the other items, and tokens where the temperature is above 0.") var seed: UInt64 = 1
  @OptionGroup var source: ElmSourceOptions
  @OptionGroup var format: FormatOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard [second, grid, cav].count(where: { $0 != nil }) <= 1 else {
      throw ValidationError("--second, --grid and --cav exclude one another")
    }
    guard steps >= 2 else { throw ValidationError("--steps must be 2 or more") }
  }

  func run() throws {
    let console = Console(verbosity)
    let options = GenerationOptions(maximumTokens: maxTokens, temperature: temperature, seed: seed)
    try options.validate()
    let opened = try source.open(elm, folders, console)
    let (domain, split) = (opened.file.domain, opened.file.split)
    let question = try ElmQuestion(self.question, points: second == nil ? 1 : 2, tasks: opened.file.tasks)
    let first = try DomainPoint(point, in: domain)
    var concept: ConceptDirection?
    var subjects = [ElmInterview.Subject(first, second: try second.map { try DomainPoint($0, in: domain) })]
    if let grid {
      subjects = DomainPoint.grid(from: first, to: try DomainPoint(grid, in: domain), steps: steps).map {
        .init($0)
      }
    }
    if let cav {
      let found = try ConceptDirection(
        ItemAttribute(cav, of: domain), cavMethod, in: domain, opened.model.record.standardisation,
        training: split.items(of: .training))
      concept = found
      subjects = lambda.numbers.map {
        .init(first.moved(along: found.step, by: $0, called: "cav(\(cav))"), lambda: $0)
      }
    }
    console.progress("asking")
    let replies = try ElmInterview(opened.model, opened.file, options: options)
      .ask(question, about: subjects)
    if replies.contains(where: \.isDirection) {
      console.warning("a difference has no place of its own: it is read as if it had")
    }
    try format.emit(
      [ElmAskTables.answers(replies), ElmAskTables.places(replies)]
        + (concept.map { [ElmAskTables.concept($0)] } ?? [])
    ) {
      try TextOutput.json(replies)
    }
  }
}

extension ConceptDirection.Method: ExpressibleByArgument {}

/// Numbers by commas.
struct NumberList: ExpressibleByArgument {
  let numbers: [Double]

  init(_ numbers: [Double]) { self.numbers = numbers }

  init?(argument: String) {
    let found = argument.split(separator: ",", omittingEmptySubsequences: false).map {
      Double($0.trimmingCharacters(in: .whitespaces))
    }
    guard found.allSatisfy({ $0?.isFinite == true }) else { return nil }
    numbers = found.compactMap(\.self)
  }

  var defaultValueDescription: String { numbers.map { String(format: "%g", $0) }.joined(separator: ",") }
}
