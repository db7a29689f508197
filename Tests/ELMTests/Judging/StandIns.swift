import Domains
import ELM
import Stores
import Tensors
import Transformers

/// Says an item's gloss where it hears its vector, and finds it more probable than all else.
struct Listener: VectorSpeaker {
  let domain: Domain
  /// How much more probable the true text is, nats.
  var gain = 5.0

  private func item(_ prompt: ElmPrompt) -> Int? {
    prompt.vectors.first.flatMap { vector in (0..<domain.count).first { domain.vectors.row($0) == vector } }
  }

  func answers(to prompts: [ElmPrompt], _ options: GenerationOptions) -> [ElmAnswer] {
    prompts.map { prompt in
      let text = item(prompt).flatMap { domain.field("gloss")?[$0].first } ?? "something"
      return ElmAnswer(text: text, tokens: [1], hasEnded: true)
    }
  }

  func logLikelihoods(of answers: [(prompt: ElmPrompt, answer: String)]) -> [(total: Double, tokens: Int)] {
    answers.map { prompt, answer in
      let isTrue = item(prompt).map { domain.field("gloss")?[$0].first == answer } ?? false
      return (-Double(answer.utf8.count) + (isTrue ? gain : 0), 1)
    }
  }
}

/// Says the same whatever it hears.
struct Deaf: VectorSpeaker {
  func answers(to prompts: [ElmPrompt], _ options: GenerationOptions) -> [ElmAnswer] {
    prompts.map { _ in ElmAnswer(text: "after w3", tokens: [1, 2], hasEnded: false) }
  }

  func logLikelihoods(of answers: [(prompt: ElmPrompt, answer: String)]) -> [(total: Double, tokens: Int)] {
    answers.map { (-Double($0.answer.utf8.count % 7), 1) }
  }
}

/// Definitions of a domain, and kinds, of which there are two.
func glossTasks() throws -> TaskSet {
  try TaskSet(
    name: "test",
    tasks: [
      ElmTask(name: "definition", prompt: "What does {vector} mean?", answer: "{gloss}"),
      ElmTask(name: "kind", prompt: "{vector} is a kind of what?", answer: "{kind:1}"),
      ElmTask(name: "missing", prompt: "Where is {vector}?", answer: "{place}"),
      ElmTask(
        name: "both", prompt: "How do {first} and {second} differ?", answer: "{first.gloss} {second.gloss}"),
    ])
}

/// The mean of a domain's training items.
func trainingMean(_ domain: Domain, _ split: DomainSplit) -> [Float] {
  let items = split.items(of: .training)
  return (0..<domain.width).map { column in
    items.reduce(0) { $0 + domain.vectors[$1, column] } / Float(items.count)
  }
}
