import Checkpoints
import Foundation
import Lenses
import Tensors
import Testing
import Tokenizers
import Transformers

@Suite struct RealWordsTests {
  private static let folder = ProcessInfo.processInfo.environment["SEXTANT_MODELS"]

  /// Common words are told from a hundred others by what the model writes in their rows' place, and not by what it writes without
  /// them; random directions are not told.
  @Test(arguments: ["SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-q4_k_m.gguf"])
  func tokensAreIdentifiedByTheirAnswers(_ file: String) throws {
    guard let path = Self.folder.map({ $0 + "/" + file }), FileManager.default.fileExists(atPath: path) else {
      print("SKIPPED, NOT TESTED: \(file): set SEXTANT_MODELS to a folder that holds it")
      return
    }
    let model = try Model.load(Checkpoint.open(path))
    var options = WordsOptions()
    (options.samples, options.likelihood, options.prompt) = (0, false, .related)
    let verbaliser = try Verbaliser(model, others: .tokens(of: model), options: options)
    var found: [WordsArm: Int] = [:]
    for word in ["Paris", "dog", "river", "music", "quickly", "seven", "yellow", "winter"] {
      let id = try #require(["Ġ", "▁"].compactMap { model.tokenizer.id(form: $0 + word) }.first)
      let answer = try verbaliser.answer(for: model.inputRows(of: [id]).row(0))
      #expect(answer.decodesTo.first == " " + word)
      for arm in answer.arms where (arm.identified.identification?.rank ?? 101) <= 10 {
        found[arm.arm, default: 0] += 1
      }
    }
    #expect(found[.point, default: 0] >= 6, "\(found)")
    // Such words are told from other tokens by any answer in English, more often than by chance.
    for arm in WordsArm.allCases.dropFirst() {
      #expect(found[arm, default: 0] < found[.point, default: 0], "\(arm): \(found)")
    }
    var random = SeededRandom(seed: 1)
    let ranks = try (0..<4).map { _ in
      let noise = (0..<model.configuration.width).map { _ in Float(random.normal()) }
      return try verbaliser.answer(for: noise)[.point]?.identified.identification?.rank ?? 101
    }
    #expect(ranks.count { $0 <= 10 } <= 1, "\(ranks)")
  }
}
