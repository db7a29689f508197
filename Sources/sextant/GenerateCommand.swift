import ArgumentParser
import Checkpoints
import Reports
import Tokenizers
import Transformers
import Workflow

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Continue a prompt, with or without a steering vector.",
    discussion: """
      The default is greedy and so the same every time; with a temperature \
      the seed fixes the text. It ends, with a note, where the context ends that the model was trained on; a prompt beyond \
      it is an error.

      Example:
        sextant generate smollm2-135m "The film was" --max-tokens 20
        sextant generate smollm2-135m "The film was" \\
          --vector sentiment.safetensors --dose -2
      """)

  @Argument(help: .model) var model: String
  @Argument(help: "The text to continue.") var prompt: String
  @Option(help: "Most tokens to add.") var maxTokens = 64
  @Option(help: "0 takes the likeliest token; larger values (to about 1.5) vary more.") var temperature = 0.0
  @Option(help: "Draw from so many likeliest tokens only; 0: all.") var topK = 0
  @Option(help: "Draw from the likeliest tokens that reach this probability together; 1: all.") var topP = 1.0
  @Option(help: "Seed of the draws.") var seed: UInt64 = 0
  @OptionGroup var steering: SteeringOptions
  @OptionGroup var chosen: ArithmeticOption
  @Option(
    help: "f32, f16 or bf16: what keys and values of attention are kept in; 16 bits halve their memory.")
  var cache = CachePrecision.f32
  @Flag(help: "Put the prompt as a user's message through the model's chat template.") var chat = false
  @Flag(help: "JSON instead of the text.") var json = false
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let console = Console(verbosity)
    let options = GenerationOptions(
      maximumTokens: maxTokens, temperature: temperature, topK: topK, topP: topP, seed: seed,
      cache: cache)
    try options.validate()
    let vectors = try steering.vectors(console)
    let checkpoint = try folders.checkpoint(model, console)
    let loaded = try Model.load(checkpoint, arithmetic: chosen.arithmetic)
    let ids = try encode(loaded.tokenizer)
    console.detail("a prompt of \(ids.count) tokens")
    let interventions = try steering.interventions(of: vectors, count: 1, in: loaded, console) {
      try identity(of: checkpoint, source: model)
    }
    let generated = try loaded.generate([ids], options: options, interventions: interventions)[0]
    let context = loaded.configuration.contextLength
    // A prompt as long as the context is continued by one token; a stop token alone is an end of its own.
    if !generated.isEmpty, generated.count < maxTokens, ids.count + generated.count >= context {
      console.warning("the text ends at \(context) tokens, the context that the model was trained on")
    }
    let text = loaded.tokenizer.decode(generated)
    guard json else { return print(verbatim: chat ? text : prompt + text) }
    let value: JSONValue = [
      "prompt": .string(prompt), "text": .string(text), "tokens": .array(generated.map { .integer($0) }),
      "vector": steering.path.map { .string($0) } ?? .null, "dose": .number(steering.dose),
    ]
    print(value.text, terminator: "")
  }

  private func encode(_ tokenizer: Tokenizer) throws -> [Int] {
    guard chat else { return tokenizer.encodeStart(prompt) }
    let text = try tokenizer.chatTemplate().render([ChatMessage(.user, prompt)])
    return tokenizer.encode(text, addingSpecial: false, parsingSpecial: true)
  }
}
