public import ArgumentParser
import Checkpoints
import Foundation
public import Tensors
public import Transformers

/// Greedy decoding: the prompt in one pass, then one token a pass; no stop token ends it.
struct DecodeBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode", abstract: "Tokens per second of prefill and of greedy decoding.")

  @Argument(help: "A GGUF file.") var file: String
  @Option(help: "Sequences that advance together.") var batch = 1
  @Option(help: "Tokens of each prompt.") var prompt = 128
  @Option(help: "Tokens decoded after the prompt.") var tokens = 64
  @Option(help: "f32, or rounded.") var arithmetic = Arithmetic.f32
  @Option(help: "What keys and values are kept in: f32, f16 or bf16.") var cache = CachePrecision.f32
  @Option(help: "Timed runs, after one that is not.") var runs = 5

  func validate() throws {
    guard batch > 0, prompt > 0, tokens > 0, runs > 0 else {
      throw ValidationError("--batch, --prompt, --tokens and --runs must be 1 or more")
    }
  }

  func run() throws {
    let model = try Model.load(Checkpoint.open(file), arithmetic: arithmetic)
    let prompts = (0..<batch).map { Self.prompt(sequence: $0, count: prompt) }
    var prefill: [Double] = []
    var decode: [Double] = []
    for run in 0...runs {
      var cache = KeyValueCache(for: model, sequenceCount: batch, precision: self.cache)
      var logits = Matrix<Float>(rows: 0, columns: 0, elements: [])
      let first = try seconds { logits = try model.forward(prompts, cache: &cache).logits }
      let rest = try seconds {
        for _ in 0..<tokens {
          logits = try model.forward(Self.likeliest(logits), cache: &cache).logits
        }
      }
      guard run > 0 else { continue }
      prefill.append(Double(batch * prompt) / first)
      decode.append(Double(batch * tokens) / rest)
    }
    var facts = ["batch": Double(batch), "prompt": Double(prompt), "tokens": Double(tokens)]
    facts["peakBytes"] = peakResidentBytes()
    facts["boundBytes"] = try bound(model.configuration)
    let name = modelName(file)
    try Measurement(job: "prefill", model: name, unit: "tok/s", values: prefill, facts: facts).emit()
    try Measurement(job: "decode", model: name, unit: "tok/s", values: decode, facts: facts).emit()
  }

  /// What the process may need: the mapped file, the cache, and 300 MB for all else.
  private func bound(_ c: ModelConfiguration) throws -> Double {
    let path = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
    let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    let cache =
      batch * (prompt + tokens) * 2 * c.blockCount * c.keyValueHeadCount * c.headDimension
      * (self.cache == .f32 ? 4 : 2)
    return Double(size + cache) + 300e6
  }

  /// The same ids as the peers get: a rule needs no tokenizer, and time does not depend on the text.
  static func prompt(sequence: Int, count: Int) -> [Int] {
    (0..<count).map { 1000 + ($0 * 7919 + sequence * 104_729) % 20_000 }
  }

  static func likeliest(_ logits: Matrix<Float>) -> [[Int]] {
    (0..<logits.rows).map { largest(1, of: logits.elements.span.extracting(logits.range(ofRow: $0))) }
  }
}

extension Arithmetic: ExpressibleByArgument {}
extension CachePrecision: ExpressibleByArgument {}
