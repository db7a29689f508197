/// Llama (Touvron et al. 2023) and what follows it, such as SmolLM2 and Mistral: RMSNorm, SwiGLU, grouped queries; in GGUF
/// also with experts, as Mixtral has them.
extension ModelFamily {
  static let llama = ModelFamily(
    name: "llama", huggingFaceTypes: ["llama", "mistral"],
    ropeStyle: .adjacent, hasRopeFactors: true,
    ggufKeys: ["expert_count": .read, "expert_used_count": .read],
    adjustGGUF: { (configuration, reader) throws(CheckpointError) in
      try reader.addExperts(to: &configuration, normalises: true)
    },
    windowlessTypes: ["llama"])
}
