import Checkpoints
import Foundation
import LinearAlgebra
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers

@Suite struct RoundedArithmeticTests {
  /// A tiny model with its matrices in Q8_0, but for those whose rows are no whole number of blocks: both arithmetics,
  /// the same weights.
  private func models(_ name: String) throws -> (f32: Model, rounded: Model) {
    var draft = try GGUFDraft(TinyModel.golden(name, "gguf").path)
    for index in draft.tensors.indices {
      let tensor = draft.tensors[index]
      guard tensor.dimensions.count == 2, tensor.dimensions[0] % 32 == 0 else { continue }
      (draft.tensors[index].type, draft.tensors[index].bytes) = (8, eightBits(tensor.floats))
    }
    let checkpoint = try draft.checkpoint()
    return (try Model.load(checkpoint), try Model.load(checkpoint, arithmetic: .rounded))
  }

  /// Q8_0: a scale in f16 and 32 numbers of eight bits a block.
  private func eightBits(_ values: [Float]) -> [UInt8] {
    stride(from: 0, to: values.count, by: 32).flatMap { start -> [UInt8] in
      let block = values[start..<start + 32]
      let scale = (block.map(abs).max() ?? 0) / 127
      let half = Float16(scale).bitPattern
      let numbers = block.map { UInt8(bitPattern: Int8(scale == 0 ? 0 : ($0 / scale).rounded())) }
      return [UInt8(truncatingIfNeeded: half), UInt8(half >> 8)] + numbers
    }
  }

  private func logits(_ model: Model, _ tokens: [Int]) throws -> Matrix<Float> {
    var cache = KeyValueCache(for: model, sequenceCount: 1)
    return try model.forward([tokens], cache: &cache, logits: .all).logits
  }

  @Test(arguments: TinyModel.names) func isNearF32AndNotTheSame(_ name: String) throws {
    let (f32, rounded) = try models(name)
    let tokens = try TinyModel.load(name).tokens
    let (exact, near) = (try logits(f32, tokens), try logits(rounded, tokens))
    let relative = relativeDistance(near, exact)
    #expect(relative > 1e-3 && relative < 0.05, "\(relative)")
  }

  /// Whole, token by token, and beside others: integer sums do not care. Weights without them are multiplied as in f32, whose bits do
  /// not depend on the batch up to a number of rows.
  @Test(arguments: TinyModel.names) func bitsDependOnNothingElse(_ name: String) throws {
    let model = try models(name).rounded
    let tokens = Array(try TinyModel.load(name).tokens.prefix(packedDotRows - 2))
    let whole = try logits(model, tokens)
    var cache = KeyValueCache(for: model, sequenceCount: 1)
    for (position, token) in tokens.enumerated() {
      let step = try model.forward([[token]], cache: &cache).logits
      #expect(step.elements.map(\.bitPattern) == whole.row(position).map(\.bitPattern), "\(position)")
    }
    var both = KeyValueCache(for: model, sequenceCount: 3)
    let beside = try model.forward([[1], tokens, [4]], cache: &both).logits
    #expect(beside.row(1).map(\.bitPattern) == whole.row(tokens.count - 1).map(\.bitPattern))
  }

  @Test func weightsInF32AreMultipliedAsEver() throws {
    let tiny = try TinyModel.load("llama")
    let path = try TinyModel.golden("llama", "gguf").path
    let model = try Model.load(Checkpoint.open(path), arithmetic: .rounded)
    #expect(bits(try logits(model, tiny.tokens)) == bits(try tiny.logits()))
  }

  /// A model whose embedding and matrices are in blocks, with kernels of their own or without, computes what one with
  /// the decoded numbers does; in rounded arithmetic, too, the ones without.
  @Test(arguments: [ElementType.iq4_NL, .mxfp4, .q5_1], TinyModel.names)
  func blocksAreReadWhereverAWeightIs(type: ElementType, name: String) throws {
    var random = SeededRandom(seed: 5)
    var draft = try GGUFDraft(TinyModel.golden(name, "gguf").path)
    var decoded = draft
    for index in draft.tensors.indices {
      let tensor = draft.tensors[index]
      guard tensor.dimensions.count == 2, tensor.dimensions[0] % 32 == 0 else { continue }
      let blocks = tensor.floats.count / 32
      draft.tensors[index].type = type.rawValue
      draft.tensors[index].bytes = (0..<blocks).flatMap { _ in
        // Small scales: 2^-9 in f16, or 2^-6 for E8M0.
        (type == .mxfp4 ? [121] : [0, 0x18] + Array(repeating: 0, count: type.blockBytes - 18))
          + (0..<16).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      }
    }
    let checkpoint = try draft.checkpoint()
    for index in decoded.tensors.indices where draft.tensors[index].type == type.rawValue {
      decoded.tensors[index].floats = try checkpoint.tensor(draft.tensors[index].name).dequantised().elements
    }
    let tokens = try TinyModel.load(name).tokens
    let expected = try logits(Model.load(decoded.checkpoint()), tokens).elements
    let scale = expected.map(abs).max() ?? 0
    #expect(scale > 0.01)
    let exact = try logits(Model.load(checkpoint), tokens)
    #expect(distance(exact.elements, expected) <= 1e-5 * scale)
    let rounded = try logits(Model.load(checkpoint, arithmetic: .rounded), tokens)
    #expect((bits(rounded) == bits(exact)) == (type != .q5_1))
    #expect(distance(rounded.elements, expected) <= 0.1 * scale)
    var cache = KeyValueCache(for: try Model.load(checkpoint), sequenceCount: 1)
    let model = try Model.load(checkpoint)
    for (position, token) in tokens.enumerated() {
      let step = try model.forward([[token]], cache: &cache).logits
      #expect(distance(step.elements, exact.row(position)) <= 1e-5 * scale, "\(position)")
    }
  }

  /// Real models lose little of the next token, in the mean over a sentence: .004 and .005 nats a token over long
  /// texts. All their matrices are in blocks, so that the sentence whole is the sentence token by token, to the bit.
  @Test(arguments: ["SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-q4_k_m.gguf"])
  func realModelsLoseLittle(_ file: String) throws {
    guard let path = realCheckpoint(file) else { return }
    let checkpoint = try Checkpoint.open(path)
    let models = (try Model.load(checkpoint), try Model.load(checkpoint, arithmetic: .rounded))
    let text =
      "The sextant measures the angle between the horizon and a star, and the navigator finds the latitude."
    let tokens = models.0.tokenizer.encodeStart(text)
    let (p, q) = (try logits(models.0, tokens), try logits(models.1, tokens))
    #expect(meanDivergence(p, q) < 0.02)
    var cache = KeyValueCache(for: models.1, sequenceCount: 1)
    for (position, token) in tokens.enumerated() {
      let step = try models.1.forward([[token]], cache: &cache).logits
      #expect(step.elements.map(\.bitPattern) == q.row(position).map(\.bitPattern), "\(position)")
    }
  }
}
