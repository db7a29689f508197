import Checkpoints
import Foundation
import Tensors
import Testing
import Tokenizers

/// The catalog's files as they really are; runs where SEXTANT_MODELS names a folder that has some of them.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["SEXTANT_MODELS"] != nil))
struct RealModelTests {
  private func open(_ name: String) throws -> Checkpoint? {
    let folder = try #require(ProcessInfo.processInfo.environment["SEXTANT_MODELS"])
    let path = folder + "/" + name
    return FileManager.default.fileExists(atPath: path) ? try Checkpoint.open(path) : nil
  }

  @Test func smollm2() throws {
    guard let checkpoint = try open("SmolLM2-135M-Instruct.Q4_1.gguf") else { return }
    #expect(checkpoint.quantisation == "Q4_1 (F32 Q4_1 Q8_0)")
    let configuration = try checkpoint.configuration
    #expect((configuration.architecture, configuration.ropeStyle) == ("llama", .adjacent))
    #expect((configuration.width, configuration.blockCount, configuration.vocabularySize) == (576, 30, 49152))
    #expect(
      (configuration.headCount, configuration.keyValueHeadCount, configuration.headDimension) == (9, 3, 64))
    #expect((configuration.ropeBase, configuration.feedForwardWidth) == (100_000, 1536))
    #expect(try checkpoint.unembedding == nil)
    let definition = try checkpoint.tokenizerDefinition()
    guard case .byteLevelBPE(let merges, .smollm) = definition.algorithm else {
      Issue.record("not SmolLM's tokenizer")
      return
    }
    #expect((merges.count, definition.endOfTurn, definition.addsBeginOfSequence) == (48900, 2, false))
    #expect(checkpoint.sha256() == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53")
  }

  @Test func gemma() throws {
    guard let checkpoint = try open("gemma-3-270m-q4_k_m.gguf") else { return }
    let configuration = try checkpoint.configuration
    #expect((configuration.architecture, configuration.ropeStyle) == ("gemma3", .half))
    #expect(
      (configuration.width, configuration.blockCount, configuration.vocabularySize) == (640, 18, 262144))
    #expect(
      (configuration.headCount, configuration.keyValueHeadCount, configuration.headDimension) == (4, 1, 256))
    #expect((configuration.ropeBase, configuration.ropeLocalBase) == (1_000_000, 10_000))
    #expect((0..<18).filter { !configuration.usesSlidingWindow(block: $0) } == [5, 11, 17])
    #expect((configuration.slidingWindow, configuration.normWeightOffset) == (512, 0))
    let definition = try checkpoint.tokenizerDefinition()
    guard case .sentencePiece(let scores, false) = definition.algorithm else {
      Issue.record("not Gemma's tokenizer")
      return
    }
    #expect((scores.count, definition.beginOfSequence, definition.addsBeginOfSequence) == (262144, 2, true))
  }

  @Test func qwen() throws {
    guard let checkpoint = try open("qwen2.5-coder-0.5b-instruct-q4_k_m.gguf") else { return }
    let configuration = try checkpoint.configuration
    #expect((configuration.architecture, configuration.ropeStyle) == ("qwen2", .half))
    #expect((configuration.width, configuration.headCount, configuration.keyValueHeadCount) == (896, 14, 2))
    #expect(try checkpoint.unembedding?.rows == 151936)
    guard case .byteLevelBPE(_, .qwen2) = try checkpoint.tokenizerDefinition().algorithm else {
      Issue.record("not Qwen's tokenizer")
      return
    }
  }
}
