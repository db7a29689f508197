/// Llama (Touvron et al. 2023) and what follows it, such as SmolLM2 and Mistral: RMSNorm, SwiGLU, grouped queries.
extension ModelFamily {
  static let llama = ModelFamily(
    name: "llama", huggingFaceTypes: ["llama", "mistral"],
    ropeStyle: .adjacent, hasRopeFactors: true,
    windowlessTypes: ["llama"])
}
