package import Transformers

/// What answers prompts with vectors: an embedding language model, or what stands for one in a test.
package protocol VectorSpeaker: Sendable {
  func answers(to prompts: [ElmPrompt], _ options: GenerationOptions) throws -> [ElmAnswer]
  func logLikelihoods(
    of answers: [(prompt: ElmPrompt, answer: String)]
  ) throws -> [(total: Double, tokens: Int)]
}

extension EmbeddingLanguageModel: VectorSpeaker {}
