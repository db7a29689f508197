/// OLMo 1 (Groeneveld et al. 2024, arXiv 2402.00838): Llama's block with LayerNorm that has no weights; some models clip queries, keys
/// and values.
extension ModelFamily {
  static let olmo = ModelFamily(
    name: "olmo", huggingFaceTypes: ["olmo"], norm: .layer, hasNormWeights: false, ropeStyle: .adjacent,
    ggufKeys: ["attention.clamp_kqv": .read],
    adjustGGUF: { (configuration, reader) throws(CheckpointError) in
      configuration.projectionClip = try reader.cap("attention.clamp_kqv", standard: nil)
    },
    configKeys: ["clip_qkv"], normEpsilon: 1e-5,
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      configuration.projectionClip = try reader.number("clip_qkv")
    })
}
