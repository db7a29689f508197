import ArgumentParser
import Reports
import Tokenizers
import Transformers
import Workflow

struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Say how probable continuations of a prompt are.",
    discussion: """
      Prints ln p(continuation | prompt) of each, with the number of its tokens. A continuation that is a word of its \
      own begins with a space. Prompt and continuation are tokenised as one text; a token that begins in the prompt and \
      ends in the continuation counts as the continuation's, and a note says so. Texts longer than the context that the \
      model was trained on are an error.

      Example:
        sextant score smollm2-135m "The film was" " wonderful" " terrible"
      """)

  @Argument(help: .model) var model: String
  @Argument(help: "The text before.") var prompt: String
  @Argument(help: "Texts to score.") var continuations: [String]
  @OptionGroup var steering: SteeringOptions
  @OptionGroup var chosen: ArithmeticOption
  @OptionGroup var format: FormatOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if continuations.contains("") { throw ValidationError("a continuation is empty") }
  }

  func run() throws {
    let console = Console(verbosity)
    let vectors = try steering.vectors(console)
    let checkpoint = try folders.checkpoint(model, console)
    let loaded = try Model.load(checkpoint, arithmetic: chosen.arithmetic)
    let items = try continuations.map { continuation in
      let text = loaded.tokenizer.encode(prompt, continuedBy: continuation)
      if let form = text.straddling {
        console.warning(
          "\(continuation.debugDescription): the token \(form.debugDescription) begins in the prompt; it is scored whole"
        )
      }
      guard !text.first.isEmpty else {
        throw ValidationError(
          "no token lies before \(continuation.debugDescription); begin with a longer prompt")
      }
      return Continuation(prompt: text.first, continuation: text.second)
    }
    let scores = try loaded.logProbabilities(
      of: items,
      interventions: steering.interventions(of: vectors, count: items.count, in: loaded, console) {
        try identity(of: checkpoint, source: model)
      })
    try format.emit([table(scores)]) { value(scores).text }
  }

  private func total(_ scores: [Float]) -> Double { scores.reduce(0.0) { $0 + Double($1) } }

  private func table(_ scores: [[Float]]) -> Table {
    Table(
      "Log-probabilities after \"\(prompt)\".",
      columns: [
        .init("continuation"), .init("ln p", unit: "nats", .number(.decimals(4))), .init("tokens", .integer),
      ],
      rows: zip(continuations, scores).map { text, scores in
        [.text(text), .number(total(scores)), .integer(scores.count)]
      })
  }

  private func value(_ scores: [[Float]]) -> JSONValue {
    .array(
      zip(continuations, scores).map { text, scores in
        [
          "continuation": .string(text), "log_probability": .number(total(scores)),
          "token_log_probabilities": .array(scores.map { .number(Double($0)) }),
        ]
      })
  }
}
