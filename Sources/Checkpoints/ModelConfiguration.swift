import Foundation

/// How rotary position embedding pairs the coordinates of a head.
public enum RopeStyle: Sendable, Equatable {
  /// `(x[2i], x[2i+1])`: GGUF files of the `llama` architecture.
  case adjacent
  /// `(x[i], x[i + d/2])`: Hugging Face checkpoints, and GGUF files of most other architectures.
  case half
}

/// How rotary frequencies are stretched for long contexts.
public enum RopeScaling: Sendable, Equatable {
  case none
  /// Positions are divided by `factor` (in global layers only, where a model has local ones).
  case linear(factor: Float)
  /// Frequencies are divided by `factor` and by the entries of the tensor `rope_freqs.weight`.
  case perFrequency(factor: Float)
  /// Llama 3.1: long waves are divided by `factor`, short ones stay, those between are blended. `original` is the
  /// context length before the stretch; waves longer than `original / low` are long, shorter than `original / high`
  /// short.
  case llama3(factor: Float, low: Float, high: Float, original: Float)
  /// YaRN (Peng et al. 2023, arXiv 2309.00071).
  case yarn(YaRNScaling)
  /// LongRoPE (Ding et al. 2024, arXiv 2402.13753), within the context before the stretch: frequencies are divided by `short`, one
  /// factor each; cosines and sines are multiplied by `attention`.
  case longContext(short: [Float], attention: Float)
  /// A method that is not implemented, by its name in the file.
  case other(String)
}

/// How YaRN stretches: pairs that turn more than `fast` times over the original context stay, those that turn less than `slow`
/// times are divided by `factor`, those between are blended.
public struct YaRNScaling: Sendable, Equatable {
  public var factor: Float
  /// The context length before the stretch.
  public var original: Float
  public var fast: Float = 32
  public var slow: Float = 1
  /// The first and last of the pairs between are rounded outward to whole ones.
  public var truncates = true
  /// Cosines and sines are multiplied by it.
  public var attention: Float

  /// `1 + m/10 · ln(factor)`, what cosines and sines are multiplied by unless a file says otherwise.
  public static func attention(factor: Float, multiplier m: Float = 1) -> Float {
    factor <= 1 ? 1 : 1 + 0.1 * m * Float(log(Double(factor)))
  }
}

/// The shape and the constants of a decoder, as the checkpoint states them.
///
/// Symbols: d_model = `width`, d_head = `headDimension`.
public struct ModelConfiguration: Sendable, Equatable {
  /// `llama`, `qwen2`, `gemma3`, … (GGUF's names).
  public var architecture: String
  /// n_layers.
  public var blockCount: Int
  /// d_model, the width of the residual stream.
  public var width: Int
  public var headCount: Int
  /// Heads of keys and values; divides `headCount`.
  public var keyValueHeadCount: Int
  /// d_head of queries, keys and values.
  public var headDimension: Int
  /// d_ff of blocks without experts.
  public var feedForwardWidth: Int
  /// Rows of the input embedding.
  public var vocabularySize: Int
  /// Tokens that the model was trained to attend over.
  public var contextLength: Int
  /// ε inside the square root of norms.
  public var normEpsilon: Float
  /// Added to every norm weight: 1 for Hugging Face checkpoints of Gemma, 0 for GGUF (already inside).
  public var normWeightOffset: Float = 0
  public var ropeBase: Float
  public var ropeStyle: RopeStyle
  /// Coordinates of a head that are rotated; the rest passes.
  public var ropeDimension: Int
  public var ropeScaling: RopeScaling = .none
  /// RoPE base of sliding-window blocks; `nil` when all blocks use `ropeBase`.
  public var ropeLocalBase: Float?
  /// Keys that a sliding-window block sees, the token itself included; `nil`: full attention everywhere.
  public var slidingWindow: Int?
  /// Per block, whether it attends through the sliding window; empty when none does.
  public var slidingBlocks: [Bool] = []
  /// Per block, whether queries and keys stay unturned (NoPE); empty where all are turned.
  public var unrotatedBlocks: [Bool] = []
  /// The row of the table of positions that the first token has: 2 for OPT.
  public var positionOffset = 0
  /// Attention and feed-forward layer read the same stream, and both are added to it.
  public var isParallel = false
  /// Both read it behind one norm.
  public var sharesInputNorm = false
  /// Attention has a norm of its own beside that one (Falcon 40B).
  public var hasOwnAttentionNorm = false
  public var headNorms = HeadNorms.none
  /// c of `min(max(x, −c), c)`, which queries, keys and values are clipped by; `nil`: they stay as they are.
  public var projectionClip: Float?
  /// Factor on what a layer adds to the stream: Granite's, else 1.
  public var residualScale: Float = 1
  /// Factor on input embeddings: √d_model for Gemma, Granite's own, else 1.
  public var embeddingScale: Float = 1
  /// Factor on q·k: 1/√d_head unless the checkpoint says otherwise.
  public var attentionScale: Float
  /// c of `c · tanh(s / c)` for scores s of attention, as Gemma 2 has it; `nil`: scores stay as they are.
  public var attentionLogitCap: Float?
  /// Factor on logits: Granite's, else 1.
  public var logitScale: Float = 1
  /// c of `c · tanh(logits / c)`, as Gemma 2 and some of Gemma 3 have it; `nil`: logits stay as they are.
  public var finalLogitCap: Float?
  /// What blocks have in place of one feed-forward layer; `nil` where all have one.
  public var experts: ExpertConfiguration?
  /// What an encoder has beside this; `nil` for decoders.
  public var encoder: EncoderConfiguration?
  /// How matrices lie in the file.
  public var layout = MatrixLayout()

  /// Whether block `block` (from 0) sees only the last `slidingWindow` tokens.
  public func usesSlidingWindow(block: Int) -> Bool { !slidingBlocks.isEmpty && slidingBlocks[block] }

  /// Whether block `block` (from 0) has experts in place of one feed-forward layer.
  public func hasExperts(block: Int) -> Bool { experts?.blocks[block] ?? false }

  /// Whether queries and keys of block `block` (from 0) are turned by their positions.
  public func isRotated(block: Int) -> Bool { unrotatedBlocks.isEmpty || !unrotatedBlocks[block] }
}

extension ModelConfiguration {
  /// Every `pattern`-th block global, the others local; 1 makes all blocks global, 0 all local.
  static func slidingBlocks(count: Int, pattern: Int) -> [Bool] {
    (0..<count).map { pattern == 0 || ($0 + 1) % pattern != 0 }
  }
}
