import Checkpoints
import Foundation
import Lenses
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers

@Suite struct RealWordsTests {
  /// Common words are told from a hundred others by what the model writes in their rows' place, and not by what it writes without
  /// them; random directions are not told.
  @Test(arguments: ["SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-q4_k_m.gguf"])
  func tokensAreIdentifiedByTheirAnswers(_ file: String) throws {
    guard let path = realCheckpoint(file) else { return }
    let model = try Model.load(Checkpoint.open(path))
    var options = WordsOptions()
    (options.samples, options.likelihood, options.prompt) = (0, false, .related)
    // Words and what they are ranked among are drawn alike, so that controls come to no more than chance.
    let drawn = try PointSample.tokens(of: model, count: 12 + options.pointsNeeded, seed: 3)
    let others = PointSample(
      place: .inputEmbedding, points: drawn.points.selecting(rows: Array(12..<drawn.points.rows)),
      words: drawn.words)
    let verbaliser = try Verbaliser(model, others: others, options: options)
    var found: [WordsArm: Int] = [:]
    var told = 0
    for row in 0..<12 {
      let answer = try verbaliser.answer(for: drawn.points.row(row))
      if answer.verdict == .identified || answer.verdict == .onlyCopied { told += 1 }
      for arm in answer.arms where (arm.identified.identification?.rank ?? 101) <= 10 {
        found[arm.arm, default: 0] += 1
      }
    }
    #expect(found[.point, default: 0] >= 6, "\(found)")
    #expect(told >= 4, "\(told) of 12")
    // At a tenth each; six of twelve are had once in two thousand times.
    for arm in WordsArm.allCases.dropFirst() { #expect(found[arm, default: 0] <= 5, "\(arm): \(found)") }
    let dog = try #require(["Ġdog", "▁dog"].compactMap { model.tokenizer.id(form: $0) }.first)
    let answer = try verbaliser.answer(for: model.inputRows(of: [dog]).row(0))
    #expect(answer.decodesTo.first == " dog")
    var random = SeededRandom(seed: 1)
    let verdicts = try (0..<8).map { _ in
      let noise = (0..<model.configuration.width).map { _ in Float(random.normal()) }
      return try verbaliser.answer(for: noise).verdict
    }
    // At 5 % each; three of eight are had once in a hundred and seventy times.
    #expect(verdicts.count { $0 == .identified || $0 == .onlyCopied } <= 2, "\(verdicts)")
  }
}
