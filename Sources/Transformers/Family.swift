import Tensors

/// What distinguishes one family's blocks from another's; everything else is the shared decoder.
///
/// A block computes `h += P(attention(N(h)))`, then `h += P(mlp(N(h)))`: N is RMSNorm, P a norm of the
/// output where the family has one. Biases are added wherever the file has them.
struct Family: Sendable {
  /// Queries and keys are normalised per head before they are rotated.
  var hasHeadNorms = false
  /// The outputs of attention and feed-forward layer are normalised before they are added.
  var hasOutputNorms = false
  var gate = GateFunction.silu

  /// By GGUF's architecture name.
  static let known: [String: Family] = ["llama": .llama, "qwen2": .qwen2, "gemma3": .gemma3]
}
