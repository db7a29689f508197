public import Tensors

/// A family of decoders: what distinguishes its blocks and its files from another's. Everything else is shared, and
/// nothing elsewhere asks for a family by its name.
///
/// A block computes `h += P(attention(N(h)))`, then `h += P(mlp(N(h)))`: N is RMSNorm, P a norm of the output where the
/// family has one. Biases are added wherever the file has them.
public struct ModelFamily: Sendable {
  /// The architecture, as GGUF says it.
  public let name: String
  /// The model types that `config.json` has for it.
  public var huggingFaceTypes: [String] = []
  /// Whether inference runs it. Vocabularies and embeddings are read of any family, also of one that is not in the list.
  public var isRun = true

  // MARK: Blocks

  /// Queries and keys are normalised per head before they are rotated.
  public var hasHeadNorms = false
  /// The outputs of attention and feed-forward layer are normalised before they are added.
  public var hasOutputNorms = false
  public var gate = GateFunction.silu
  /// Tensors of a block beyond those that all families share: Hugging Face's name and GGUF's.
  var blockTensors = ["post_attention_layernorm": "ffn_norm"]

  // MARK: GGUF

  /// How the rows of queries and keys lie in GGUF files.
  package internal(set) var ropeStyle = RopeStyle.half
  /// `rope_freqs.weight` divides the frequencies; in a file of another family it stays unread, which is an error.
  var hasRopeFactors = false
  /// Metadata keys behind `name.` that only this family has, or means differently.
  var ggufKeys: [String: GGUFDecoderKeys.Use] = [:]
  /// What the shared keys do not say.
  var adjustGGUF: Adjustment<GGUFConfigurationReader> = { _, _ in }

  // MARK: config.json

  /// Keys that only this family has and that are read.
  var configKeys: Set<String> = []
  /// The key that names the gate, and the only name that is computed.
  var activation = (key: "hidden_act", value: "silu")
  /// Queries, keys and values have biases where `attention_bias` is absent.
  var hasProjectionBiases = false
  /// d_head where `head_dim` is absent; `nil`: d_model / heads.
  var headDimension: Int?
  /// Where `rope_theta` is absent.
  var ropeBase: Float = 10_000
  /// Where `use_sliding_window` is absent.
  var usesWindow = true
  /// Which blocks `sliding_window` is for, where `layer_types` is absent.
  var windows = WindowRule.from(block: 0)
  /// Model types whose `sliding_window` transformers passes over.
  var windowlessTypes: Set<String> = []
  /// What the shared keys do not say.
  var adjustHuggingFace: Adjustment<HuggingFaceConfigurationReader> = { _, _ in }

  /// Completes a configuration from what a reader has before it.
  typealias Adjustment<Reader> =
    @Sendable (inout ModelConfiguration, Reader) throws(CheckpointError) -> Void

  enum WindowRule {
    /// All from `max_window_layers` on; from this one where the key is absent.
    case from(block: Int)
    /// All but each `sliding_window_pattern`-th; each of this many where the key is absent.
    case allButEvery(Int)
  }
}

extension ModelFamily {
  /// The families that are known. A new one is a file beside this one and an entry here.
  public static let known: [ModelFamily] = [.llama, .qwen2, .gemma3, .gemma2, .gptNeoX]

  /// The family of a GGUF architecture; one that is not known has no traits and is not run.
  public static func named(_ architecture: String) -> ModelFamily {
    known.first { $0.name == architecture } ?? ModelFamily(name: architecture, isRun: false)
  }

  /// The family of a model type of `config.json`.
  static func ofType(_ type: String) -> ModelFamily {
    known.first { $0.huggingFaceTypes.contains(type) } ?? named(type)
  }
}
