/// OLMo 1 (Groeneveld et al. 2024, arXiv 2402.00838): Llama's block with LayerNorm that has no weights. Clipped queries, keys and values
/// are refused by the key that asks for them.
extension ModelFamily {
  static let olmo = ModelFamily(
    name: "olmo", huggingFaceTypes: ["olmo"], norm: .layer, hasNormWeights: false, ropeStyle: .adjacent,
    normEpsilon: 1e-5)
}
