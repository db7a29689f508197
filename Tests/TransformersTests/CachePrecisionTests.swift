import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers

@Suite struct CachePrecisionTests {
  private func logits(_ model: Model, _ tokens: [Int], _ precision: CachePrecision) throws -> Matrix<Float> {
    var cache = KeyValueCache(for: model, sequenceCount: 1, precision: precision)
    return try model.forward([tokens], cache: &cache, logits: .all).logits
  }

  /// Numbers of 16 bits are read exactly, so attention on them is attention on their f32 values, to the bit; and so is that of
  /// several queries, each alone.
  @Test(arguments: [16, 17, 33, 64, 80, 128], [ElementType.f16, .bf16])
  func attentionWidensExactly(dimension: Int, type: ElementType) {
    var random = SeededRandom(seed: 11)
    func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) } }
    let stride = 2 * dimension + 3
    let rows = numbers(37 * stride)
    let bits = type == .f16 ? HalfPrecision.rounded(rows.span) : BFloat16.rounded(rows.span)
    let wide = type == .f16 ? HalfPrecision.floats(bits.span) : BFloat16.floats(bits.span)
    #expect(wide != rows)
    for (heads, count) in [(1, 21), (2, 1), (3, 16), (4, 37), (7, 33)] {
      let queries = numbers(heads * dimension)
      var weights = [Float](repeating: 0, count: heads * count)
      func attention(of queries: Span<Float>, inHalf: Bool) -> [UInt32] {
        var y = [Float](repeating: 1, count: queries.count)
        var target = y.mutableSpan
        if inHalf {
          attend(
            queries: queries, dimension: dimension, keys: bits.span,
            values: bits.span.extracting(dimension..<bits.count), of: type, stride: stride, count: count,
            scale: 0.2, weights: &weights, into: &target, at: 0)
        } else {
          attend(
            queries: queries, dimension: dimension, keys: wide.span,
            values: wide.span.extracting(dimension..<wide.count), stride: stride, count: count, scale: 0.2,
            weights: &weights, into: &target, at: 0)
        }
        return y.map(\.bitPattern)
      }
      let together = attention(of: queries.span, inHalf: false)
      #expect(together == attention(of: queries.span, inHalf: true), "\(heads) queries")
      let alone = (0..<heads).flatMap {
        attention(of: queries.span.extracting($0 * dimension..<($0 + 1) * dimension), inHalf: false)
      }
      #expect(together == alone, "\(heads) queries")
    }
  }

  @Test func bfloat16IsRoundedToTheNearest() {
    let step = Float(sign: .plus, exponent: -7, significand: 1)
    let values: [Float] = [
      1, 1 + step / 2, 1 + 1.5 * step, 1 + 0.51 * step, -1 - 0.49 * step, .infinity, -0.0, 3.4e38, .nan,
    ]
    let rounded = BFloat16.floats(BFloat16.rounded(values.span).span)
    #expect(rounded.prefix(6) == [1, 1, 1 + 2 * step, 1 + step, -1, .infinity])
    #expect(rounded[6].sign == .minus && rounded[6] == 0)
    #expect(rounded[7] == .infinity && rounded[8].isNaN)
  }

  /// Near f32 and not the same; bf16 has an eighth of f16's digits; whole = token by token = from a repeated cache.
  @Test(arguments: TinyModel.names) func isNearF32(_ name: String) throws {
    let tiny = try TinyModel.load(name)
    let model = try Model.load(Checkpoint.open(TinyModel.golden(name, "gguf").path))
    let exact = try logits(model, tiny.tokens, .f32)
    for (precision, most) in [(CachePrecision.f16, 2e-3), (.bf16, 2e-2)] {
      let near = try logits(model, tiny.tokens, precision)
      let distance = relativeDistance(near, exact)
      #expect(distance > 1e-7 && distance < most, "\(precision): \(distance)")
      var one = KeyValueCache(for: model, sequenceCount: 1, precision: precision)
      _ = try model.forward([[tiny.tokens[0]]], cache: &one)
      var both = one.repeated(2)
      for (position, token) in tiny.tokens.enumerated().dropFirst() {
        let step = try model.forward([[token], [token]], cache: &both).logits
        let row = near.selecting(rows: [position, position])
        #expect(relativeDistance(step, row) < most / 4, "\(precision), \(position)")
      }
    }
  }

  /// A value of 10⁵ has no number in f16: the pass says so, where infinity would only be noticed in the logits.
  @Test func whatF16CannotHoldIsNamed() throws {
    var draft = try GGUFDraft(TinyModel.golden("llama", "gguf").path)
    for index in draft.tensors.indices where draft.tensors[index].name == "blk.1.attn_v.weight" {
      draft.tensors[index].floats = draft.tensors[index].floats.map { 1e7 * $0 }
    }
    let model = try Model.load(draft.checkpoint())
    let tokens = try TinyModel.load("llama").tokens
    let error = #expect(throws: TransformerError.self) { try logits(model, tokens, .f16) }
    let text = error.map { "\($0)" } ?? ""
    #expect(
      text.contains("the cache of block 1") && text.contains("65504") && text.contains("bf16"), "\(text)")
    #expect(relativeDistance(try logits(model, tokens, .bf16), try logits(model, tokens, .f32)) < 0.02)
  }

  /// Generation keeps its cache as its options say: greedy text of a real model stays the same for a while.
  @Test(arguments: ["SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-q4_k_m.gguf"])
  func realModelsLoseLittle(_ file: String) throws {
    guard let path = realCheckpoint(file) else { return }
    let model = try Model.load(Checkpoint.open(path))
    let text =
      "The sextant measures the angle between the horizon and a star, and the navigator finds the latitude."
    let tokens = model.tokenizer.encodeStart(text)
    let exact = try logits(model, tokens, .f32)
    for (precision, most) in [(CachePrecision.f16, 1e-4), (.bf16, 5e-3)] {
      let near = try logits(model, tokens, precision)
      let divergence = meanDivergence(exact, near)
      #expect(divergence < most, "\(precision): \(divergence)")
    }
    let options = [CachePrecision.f32, .f16].map { GenerationOptions(maximumTokens: 8, cache: $0) }
    let texts = try options.map { try model.generate([tokens], options: $0) }
    #expect(texts[0] == texts[1])
  }
}
