/// Granite 3 (IBM 2024): Llama's block with factors on embeddings, on scores, on what layers add, and on logits.
extension ModelFamily {
  static let granite = ModelFamily(
    name: "granite", huggingFaceTypes: ["granite"], ropeStyle: .adjacent, hasRopeFactors: true,
    ggufKeys: ["embedding_scale": .read, "residual_scale": .read, "logit_scale": .read],
    adjustGGUF: { (configuration, reader) throws(CheckpointError) in
      configuration.embeddingScale = try reader.optionalNumber("embedding_scale") ?? 1
      configuration.attentionScale =
        try reader.optionalNumber("attention.scale") ?? configuration.attentionScale
      configuration.residualScale = try reader.optionalNumber("residual_scale") ?? 1
      configuration.logitScale = 1 / (try reader.optionalNumber("logit_scale") ?? 1)
    },
    configKeys: ["embedding_multiplier", "attention_multiplier", "residual_multiplier", "logits_scaling"],
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      configuration.embeddingScale = try reader.number("embedding_multiplier") ?? 1
      // As transformers: 1, not 1/√d_head, where the file is silent.
      configuration.attentionScale = try reader.number("attention_multiplier") ?? 1
      configuration.residualScale = try reader.number("residual_multiplier") ?? 1
      configuration.logitScale = 1 / (try reader.number("logits_scaling") ?? 1)
    })
}
