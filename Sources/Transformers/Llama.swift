/// Llama (Touvron et al. 2023) and what follows it, such as SmolLM2: RMSNorm, SwiGLU, grouped queries.
extension Family {
  static let llama = Family()
}
