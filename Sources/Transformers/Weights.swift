import Checkpoints
package import Tensors

/// The weights of one block: matrices stay packed in their file, vectors are f32. Biases that the file does not have are
/// empty.
package struct BlockWeights: Sendable {
  package var attentionNorm: [Float]
  package var query: PackedMatrix
  package var key: PackedMatrix
  package var value: PackedMatrix
  /// Of queries, keys and values, one after the other.
  package var projectionBias: [Float]
  package var queryNorm: [Float]
  package var keyNorm: [Float]
  package var attentionOutput: PackedMatrix
  package var attentionOutputBias: [Float]
  package var attentionOutputNorm: [Float]
  package var feedForwardNorm: [Float]
  package var gate: PackedMatrix
  package var up: PackedMatrix
  /// Of gate and up, one after the other.
  package var gateBias: [Float]
  package var down: PackedMatrix
  package var downBias: [Float]
  package var feedForwardOutputNorm: [Float]
  /// What low-rank adaptation adds to the matrices.
  package var lowRank: [LinearLayer: LowRankUpdate] = [:]
}

/// Reads tensors by name and checks each shape against the configuration, so that nothing is checked later; knows in the
/// end which tensors nobody has read.
struct WeightReader {
  let checkpoint: Checkpoint
  let configuration: ModelConfiguration
  let family: ModelFamily
  private var read: Set<String> = []
  /// Parts that a block may lack, and the blocks that have them.
  private var optional: [String: [Int]] = [:]

  init(checkpoint: Checkpoint, configuration: ModelConfiguration, family: ModelFamily) {
    self.checkpoint = checkpoint
    self.configuration = configuration
    self.family = family
  }

  mutating func matrix(_ name: String, rows: Int, columns: Int) throws(TransformerError) -> PackedMatrix {
    read.insert(name)
    let tensor = try transformerErrors { () throws(CheckpointError) in try checkpoint.tensor(name) }
    guard tensor.rows == rows, tensor.columns == columns else {
      throw .shape(
        tensor: name, expected: "\(rows) x \(columns)", actual: "\(tensor.rows) x \(tensor.columns)")
    }
    return tensor
  }

  mutating func vector(_ name: String, count: Int) throws(TransformerError) -> [Float] {
    let elements = try matrix(name, rows: 1, columns: count).dequantised().elements
    if let index = elements.firstIndex(where: { !$0.isFinite }) {
      throw .weight(tensor: name, place: "number \(index)", value: elements[index])
    }
    return elements
  }

  mutating func norm(_ name: String, count: Int) throws(TransformerError) -> [Float] {
    try vector(name, count: count).map { $0 + configuration.normWeightOffset }
  }

  /// The biases of matrices whose products lie side by side; empty if the file has none of them.
  mutating func biases(_ parts: [(name: String, count: Int)]) throws(TransformerError) -> [Float] {
    guard parts.contains(where: { checkpoint.contains($0.name) }) else { return [] }
    var biases: [Float] = []
    for (name, count) in parts {
      biases += checkpoint.contains(name) ? try vector(name, count: count) : Array(repeating: 0, count: count)
    }
    return biases
  }

  private mutating func matrix(
    _ layer: LinearLayer, of block: Int, rows: Int, columns: Int
  ) throws(TransformerError) -> PackedMatrix {
    try matrix(Weight.matrix(block: block, layer).name, rows: rows, columns: columns)
  }

  private mutating func norm(
    _ norm: BlockNorm, of block: Int, count: Int
  ) throws(TransformerError) -> [Float] {
    try self.norm(Weight.norm(block: block, norm).name, count: count)
  }

  /// The biases of a block's matrices, which all blocks have or none.
  private mutating func biases(
    _ parts: [(layer: LinearLayer, count: Int)], of block: Int
  ) throws(TransformerError) -> [Float] {
    let named = parts.map { (name: Weight.bias(block: block, $0.layer).name, count: $0.count) }
    for (part, bias) in zip(parts, named) where checkpoint.contains(bias.name) {
      optional["\(part.layer.rawValue).bias", default: []].append(block)
    }
    return try biases(named)
  }

  mutating func block(_ index: Int) throws(TransformerError) -> BlockWeights {
    let c = configuration
    let queries = c.headCount * c.headDimension
    let keys = c.keyValueHeadCount * c.headDimension
    return BlockWeights(
      attentionNorm: try norm(.attention, of: index, count: c.width),
      query: try matrix(.query, of: index, rows: queries, columns: c.width),
      key: try matrix(.key, of: index, rows: keys, columns: c.width),
      value: try matrix(.value, of: index, rows: keys, columns: c.width),
      projectionBias: try biases([(.query, queries), (.key, keys), (.value, keys)], of: index),
      queryNorm: family.hasHeadNorms ? try norm(.query, of: index, count: c.headDimension) : [],
      keyNorm: family.hasHeadNorms ? try norm(.key, of: index, count: c.headDimension) : [],
      attentionOutput: try matrix(.attentionOutput, of: index, rows: c.width, columns: queries),
      attentionOutputBias: try biases([(.attentionOutput, c.width)], of: index),
      attentionOutputNorm: family.hasOutputNorms ? try norm(.attentionOutput, of: index, count: c.width) : [],
      feedForwardNorm: try norm(.feedForward, of: index, count: c.width),
      gate: try matrix(.gate, of: index, rows: c.feedForwardWidth, columns: c.width),
      up: try matrix(.up, of: index, rows: c.feedForwardWidth, columns: c.width),
      gateBias: try biases([(.gate, c.feedForwardWidth), (.up, c.feedForwardWidth)], of: index),
      down: try matrix(.down, of: index, rows: c.width, columns: c.feedForwardWidth),
      downBias: try biases([(.down, c.width)], of: index),
      feedForwardOutputNorm: family.hasOutputNorms
        ? try norm(.feedForwardOutput, of: index, count: c.width) : [])
  }

  /// What transformers and llama.cpp pass over, too: buffers of rotary angles, the unembedding of a model that is tied,
  /// and what sees images.
  private func isWithoutInfluence(_ name: String) -> Bool {
    name.hasSuffix("rotary_emb.inv_freq") || name == Weight.unembedding.name
      || name.contains("vision_tower.") || name.contains("multi_modal_projector.")
  }

  /// - Throws: for a tensor that nothing has read, since it would change what the model computes, and for a part that only
  ///   some blocks have.
  func checkEverythingWasRead() throws(TransformerError) {
    for name in checkpoint.tensorNames where !read.contains(name) && !isWithoutInfluence(name) {
      throw .checkpoint(
        .unsupported(
          path: checkpoint.path, what: "tensor", actual: name,
          supported:
            "those of a dense \(configuration.architecture) decoder of \(configuration.blockCount) blocks"))
    }
    for (part, blocks) in optional.sorted(by: { $0.key < $1.key })
    where blocks.count < configuration.blockCount {
      let lacking = (0..<configuration.blockCount).first { !blocks.contains($0) } ?? 0
      throw .checkpoint(
        .missing(
          path: checkpoint.path, what: "tensor blk.\(lacking).\(part)", hint: "block \(blocks[0]) has one"))
    }
  }

  /// The first matrix with a number that is not finite; reads all of the weights.
  static func notFinite(in checkpoint: Checkpoint) -> TransformerError? {
    for name in checkpoint.tensorNames {
      guard let matrix = try? checkpoint.tensor(name) else { continue }
      for start in stride(from: 0, to: matrix.rows, by: 256) {
        let rows = start..<min(matrix.rows, start + 256)
        let elements = matrix.selecting(rows: Array(rows)).elements
        guard let index = elements.firstIndex(where: { !$0.isFinite }) else { continue }
        let place = "row \(start + index / matrix.columns), column \(index % matrix.columns)"
        return .weight(tensor: name, place: place, value: elements[index])
      }
    }
    return nil
  }
}
