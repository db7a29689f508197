public import Tensors

/// A family of decoders: what distinguishes its blocks and its files from another's. Everything else is shared, and
/// nothing elsewhere asks for a family by its name.
///
/// A block computes `h += s P(attention(N(h)))`, then `h += s P(mlp(N(h)))`, or both of the same h where it is parallel: N and P
/// are norms of inputs and outputs where the family has them, s is 1 in most. Biases are added wherever the file has them.
public struct ModelFamily: Sendable {
  /// The architecture, as GGUF says it.
  public let name: String
  /// The model types that `config.json` has for it.
  public var huggingFaceTypes: [String] = []
  /// Whether inference runs it. Vocabularies and embeddings are read of any family, also of one that is not in the list.
  public var isRun = true
  /// Whether it reads whole texts, as `SentenceEncoder` does, and writes none. Its blocks normalise the stream behind each layer.
  public var isEncoder = false

  // MARK: Blocks

  public var norm = NormFunction.rootMeanSquare
  /// Norms have γ and β; else γ is 1 and β is 0.
  public var hasNormWeights = true
  /// Norms add β where they are LayerNorm.
  public var hasNormBiases = true
  public var headNorms = HeadNorms.none
  /// Attention and feed-forward layer read a normalised stream.
  public var hasInputNorms = true
  /// The outputs of attention and feed-forward layer are normalised before they are added.
  public var hasOutputNorms = false
  /// Attention and feed-forward layer read one norm's output; the block is parallel.
  public var sharesInputNorm = false
  /// The rows of the embedding are normalised before block 0.
  public var hasEmbeddingNorm = false
  public var positions = PositionKind.rotary
  /// The feed-forward layer is `W_down (f(W_gate x) ⊙ W_up x)`; else `W_down f(W_up x)`.
  public var isGated = true
  public var gate = GateFunction.silu

  // MARK: Tensors

  /// Tensors of a block beyond those that all families share: Hugging Face's name and GGUF's; `*` stands for a number, of an
  /// expert or a head.
  var blockTensors = ["post_attention_layernorm": "ffn_norm"]
  /// Tensors outside of blocks, alike.
  var outerTensors: [String: String] = [:]
  /// What stands before all names, beside what all families may have there.
  var tensorPrefixes: [String] = []
  /// `ffn_up` holds the rows of the gate, then those of up.
  public var fusesGate = false
  /// Ends of names of tensors that hold no weights, such as masks.
  public var ignoredTensors: [String] = []

  // MARK: GGUF

  /// How the rows of queries and keys lie in GGUF files.
  package internal(set) var ropeStyle = RopeStyle.half
  /// `rope.dimension_count`, `partial_rotary_factor` and their like may leave coordinates of a head unturned.
  var rotatesPartly = false
  /// `rope_freqs.weight` divides the frequencies; in a file of another family it stays unread, which is an error.
  var hasRopeFactors = false
  /// Metadata keys behind `name.` that only this family has, or means differently.
  var ggufKeys: [String: GGUFDecoderKeys.Use] = [:]
  /// What the shared keys do not say.
  var adjustGGUF: Adjustment<GGUFConfigurationReader> = { _, _ in }

  // MARK: config.json

  /// Keys that only this family has and that are read.
  var configKeys: Set<String> = []
  /// Other names of shared keys, by the shared one; the first that a file has counts.
  var configNames: [String: [String]] = [:]
  /// Keys that ask for what is not computed unless they have one of these values; 1 stands for true.
  var configValues: [String: [Double]] = [:]
  /// Classes of code beside the weights that transformers passes over for its own of the same name.
  var ownCode: Set<String> = []
  /// ε where its key is absent; `nil`: it must be there.
  var normEpsilon: Float?
  /// d_ff / d_model where `intermediate_size` is absent; `nil`: it must be there.
  var feedForwardFactor: Int?
  /// Tokens where `max_position_embeddings` is absent; `nil`: it must be there.
  var contextLength: Int?
  /// The share of a head's coordinates that is turned, where no key says so.
  var rotatedShare: Float = 1
  /// The keys that name `f` of the feed-forward layer, and the names that are computed.
  var activations = ["hidden_act": ["silu"]]
  /// Which biases there must be.
  var biases = [BiasRule("attention_bias", "attn_q.bias"), BiasRule("mlp_bias", "ffn_gate.bias")]
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

  /// A key of `config.json` that says whether a tensor is there.
  struct BiasRule {
    /// `nil` where no key says so.
    let key: String?
    /// The tensor, without its block.
    let tensor: String
    /// Where the key is absent.
    let standard: Bool

    init(_ key: String?, _ tensor: String, standard: Bool = false) {
      (self.key, self.tensor, self.standard) = (key, tensor, standard)
    }
  }

  enum WindowRule {
    /// All from `max_window_layers` on; from this one where the key is absent.
    case from(block: Int)
    /// All but each `sliding_window_pattern`-th; each of this many where the key is absent.
    case allButEvery(Int)
  }
}

extension ModelFamily {
  /// The families that are known. A new one is a file beside this one and an entry here.
  public static let known: [ModelFamily] = [
    .llama, .mixtral, .qwen2, .qwen3, .qwen2MoE, .qwen3MoE, .gemma, .gemma2, .gemma3, .phi3, .olmo, .olmo2,
    .granite, .smolLM3, .stableLM,
    .gpt2, .gptNeo, .gptJ, .gptNeoX, .opt, .bloom, .mpt, .falcon, .phi2, .bert, .mpnet, .roberta,
  ]

  /// The family of a GGUF architecture; one that is not known has no traits and is not run.
  public static func named(_ architecture: String) -> ModelFamily {
    known.first { $0.name == architecture } ?? ModelFamily(name: architecture, isRun: false)
  }

  /// The family of a model type of `config.json`.
  static func ofType(_ type: String) -> ModelFamily {
    known.first { $0.huggingFaceTypes.contains(type) } ?? named(type)
  }
}
