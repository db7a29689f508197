import Checkpoints
import Tensors

/// The weights of one block: matrices stay packed in their file, vectors are f32.
struct BlockWeights: Sendable {
  let attentionNorm: [Float]
  let query: PackedMatrix
  let key: PackedMatrix
  let value: PackedMatrix
  /// Of queries, keys and values, one after the other; empty when the family has none.
  let projectionBias: [Float]
  let queryNorm: [Float]
  let keyNorm: [Float]
  let attentionOutput: PackedMatrix
  let attentionOutputNorm: [Float]
  let feedForwardNorm: [Float]
  let gate: PackedMatrix
  let up: PackedMatrix
  let down: PackedMatrix
  let feedForwardOutputNorm: [Float]
}

/// Reads tensors by name and checks each shape against the configuration, so that nothing is checked later.
struct WeightReader {
  let checkpoint: Checkpoint
  let configuration: ModelConfiguration
  let family: Family

  func matrix(_ name: String, rows: Int, columns: Int) throws(TransformerError) -> PackedMatrix {
    let tensor = try transformerErrors { () throws(CheckpointError) in try checkpoint.tensor(name) }
    guard tensor.rows == rows, tensor.columns == columns else {
      throw .shape(
        tensor: name, expected: "\(rows) x \(columns)", actual: "\(tensor.rows) x \(tensor.columns)")
    }
    return tensor
  }

  func vector(_ name: String, count: Int) throws(TransformerError) -> [Float] {
    try matrix(name, rows: 1, columns: count).dequantised().elements
  }

  func norm(_ name: String, count: Int) throws(TransformerError) -> [Float] {
    try vector(name, count: count).map { $0 + configuration.normWeightOffset }
  }

  func block(_ index: Int) throws(TransformerError) -> BlockWeights {
    let c = configuration
    let prefix = "blk.\(index)."
    let queries = c.headCount * c.headDimension
    let keys = c.keyValueHeadCount * c.headDimension
    func bias(_ name: String, _ count: Int) throws(TransformerError) -> [Float] {
      family.hasProjectionBiases ? try vector(prefix + name, count: count) : []
    }
    func headNorm(_ name: String) throws(TransformerError) -> [Float] {
      family.hasHeadNorms ? try norm(prefix + name, count: c.headDimension) : []
    }
    func outputNorm(_ name: String) throws(TransformerError) -> [Float] {
      family.hasOutputNorms ? try norm(prefix + name, count: c.width) : []
    }
    return BlockWeights(
      attentionNorm: try norm(prefix + "attn_norm.weight", count: c.width),
      query: try matrix(prefix + "attn_q.weight", rows: queries, columns: c.width),
      key: try matrix(prefix + "attn_k.weight", rows: keys, columns: c.width),
      value: try matrix(prefix + "attn_v.weight", rows: keys, columns: c.width),
      projectionBias: try bias("attn_q.bias", queries) + bias("attn_k.bias", keys)
        + bias("attn_v.bias", keys),
      queryNorm: try headNorm("attn_q_norm.weight"), keyNorm: try headNorm("attn_k_norm.weight"),
      attentionOutput: try matrix(prefix + "attn_output.weight", rows: c.width, columns: queries),
      attentionOutputNorm: try outputNorm("post_attention_norm.weight"),
      feedForwardNorm: try norm(prefix + "ffn_norm.weight", count: c.width),
      gate: try matrix(prefix + "ffn_gate.weight", rows: c.feedForwardWidth, columns: c.width),
      up: try matrix(prefix + "ffn_up.weight", rows: c.feedForwardWidth, columns: c.width),
      down: try matrix(prefix + "ffn_down.weight", rows: c.width, columns: c.feedForwardWidth),
      feedForwardOutputNorm: try outputNorm("post_ffw_norm.weight"))
  }
}
