import Tensors

/// Gemma (Gemma Team 2024, arXiv 2403.08295): Llama's block with GELU gates and embeddings scaled by √d_model. "gelu" in its
/// first files means GELU by tanh, as transformers reads it.
extension ModelFamily {
  static let gemma = ModelFamily(
    name: "gemma", huggingFaceTypes: ["gemma"], gate: .geluTanh,
    adjustGGUF: { configuration, _ in
      configuration.embeddingScale = Float(configuration.width).squareRoot()
    },
    activations: ["hidden_activation": geluTanhNames, "hidden_act": geluTanhNames + ["gelu"]],
    headDimension: 256,
    adjustHuggingFace: { configuration, _ in
      configuration.embeddingScale = Float(configuration.width).squareRoot()
      configuration.normWeightOffset = 1
    })

  /// The names that transformers has for GELU by tanh.
  static let geluTanhNames = ["gelu_pytorch_tanh", "gelu_new"]
}
