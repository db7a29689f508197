/// SmolLM 3 (Hugging Face 2025): Llama's block; every fourth block does not turn queries and keys (NoPE: Yang et al. 2025,
/// arXiv 2501.18795).
extension ModelFamily {
  static let smolLM3 = ModelFamily(
    name: "smollm3", huggingFaceTypes: ["smollm3"], ropeStyle: .adjacent, hasRopeFactors: true,
    // No key says so: llama.cpp, too, knows it by the architecture.
    adjustGGUF: { configuration, _ in
      configuration.unrotatedBlocks = (1...configuration.blockCount).map { $0 % unrotatedPeriod == 0 }
    },
    configKeys: ["no_rope_layers", "no_rope_layer_interval"], ropeBase: 2_000_000, usesWindow: false,
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      if let rotated = try reader.numbers("no_rope_layers") {
        try reader.check("no_rope_layers", rotated, count: configuration.blockCount)
        configuration.unrotatedBlocks = rotated.map { $0 == 0 }
      } else {
        let period = try reader.optionalCount("no_rope_layer_interval") ?? unrotatedPeriod
        configuration.unrotatedBlocks = (1...configuration.blockCount).map { $0 % period == 0 }
      }
    })

  private static let unrotatedPeriod = 4
}
