import Files
import Tensors

/// MPNet (Song et al. 2020, arXiv 2004.09297) as a sentence encoder: BERT's block; scores gain by the distance between two tokens, in
/// buckets that all blocks share; positions begin at the third row of their table.
extension ModelFamily {
  static let mpnet = ModelFamily(
    name: "mpnet", huggingFaceTypes: ["mpnet"], isEncoder: true, norm: .layer, hasInputNorms: false,
    hasOutputNorms: true, hasEmbeddingNorm: true, positions: .learned, isGated: false, gate: .gelu,
    blockTensors: [
      "attention.attn.q": "attn_q", "attention.attn.k": "attn_k", "attention.attn.v": "attn_v",
      "attention.attn.o": "attn_output", "attention.LayerNorm": "post_attention_norm",
      "intermediate.dense": "ffn_up", "output.dense": "ffn_down", "output.LayerNorm": "post_ffw_norm",
    ],
    outerTensors: encoderTensors.merging(["relative_attention_bias.weight": "attn_rel_b.weight"]) { own, _ in
      own
    },
    tensorPrefixes: ["mpnet.encoder.", "encoder.", "mpnet."], ignoredTensors: encoderHeads,
    configKeys: ["relative_attention_num_buckets"],
    configNames: ["rms_norm_eps": ["layer_norm_eps"]], configValues: encoderValues,
    normEpsilon: 1e-12, contextLength: 512, activations: ["hidden_act": ["gelu"]], biases: encoderBiases,
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      let buckets = try reader.optionalCount("relative_attention_num_buckets") ?? 32
      guard buckets >= 4, buckets % 4 == 0 else {
        throw reader.wrong(
          "relative_attention_num_buckets", expected: "a multiple of 4", actual: .integer(buckets))
      }
      guard configuration.contextLength > 2 else {
        throw reader.wrong(
          "max_position_embeddings", expected: "more than 2", actual: .integer(configuration.contextLength))
      }
      configuration.positionOffset = 2
      configuration.contextLength -= 2
      configuration.encoder = EncoderConfiguration(tokenTypes: 0, distanceBuckets: buckets)
    })
}
