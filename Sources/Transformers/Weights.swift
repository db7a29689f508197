import Checkpoints
package import Tensors

/// The weights of one block: matrices stay packed in their file, vectors are f32. Biases that the file does not have are
/// empty.
package struct BlockWeights: Sendable {
  package var attentionNorm: NormWeights
  package var ownAttentionNorm: NormWeights
  package var query: PackedMatrix
  package var key: PackedMatrix
  package var value: PackedMatrix
  /// Of queries, keys and values, one after the other.
  package var projectionBias: [Float]
  package var queryNorm: NormWeights
  package var keyNorm: NormWeights
  package var attentionOutput: PackedMatrix
  package var attentionOutputBias: [Float]
  package var attentionOutputNorm: NormWeights
  package var feedForwardNorm: NormWeights
  /// Without rows where the family's feed-forward layer has no gates.
  package var gate: PackedMatrix
  package var up: PackedMatrix
  /// Of gate and up, one after the other.
  package var gateBias: [Float]
  package var down: PackedMatrix
  package var downBias: [Float]
  package var feedForwardOutputNorm: NormWeights
  /// In place of gate, up and down, which have no rows then.
  package var experts: ExpertWeights?
  /// What low-rank adaptation adds to the matrices.
  package var lowRank: [LinearLayer: LowRankUpdate] = [:]
}

extension PackedMatrix {
  /// What stands where a block has no such matrix.
  fileprivate static func none(columns: Int) -> PackedMatrix {
    PackedMatrix(name: "none", Matrix(rows: 0, columns: columns, elements: []))
  }
}

/// Some rows of a matrix that a file has in place of several.
private struct FusedRows {
  /// Without `.weight` and `.bias`.
  let name: String
  /// Of the whole matrix.
  let count: Int
  let rows: [Int]

  /// The rows where they follow one another.
  var consecutive: Range<Int>? {
    guard let first = rows.first, let last = rows.last, last - first + 1 == rows.count else { return nil }
    return first..<last + 1
  }

  init(_ name: String, _ rows: Range<Int>, of count: Int) {
    (self.name, self.rows, self.count) = (name, Array(rows), count)
  }

  /// Queries, keys or values.
  init(_ name: String, _ layer: LinearLayer, _ c: ModelConfiguration) {
    let (d, heads, shared) = (c.headDimension, c.headCount, c.keyValueHeadCount)
    self.name = name
    count = (heads + 2 * shared) * d
    let part = layer == .query ? 0 : layer == .key ? 1 : 2
    guard c.layout.alternatesByGroup else {
      let starts = [0, heads, heads + shared, heads + 2 * shared]
      rows = Array(starts[part] * d..<starts[part + 1] * d)
      return
    }
    let queries = heads / shared
    let place = [0..<queries, queries..<queries + 1, queries + 1..<queries + 2][part]
    rows = (0..<shared).flatMap { group in
      let start = group * (queries + 2)
      return (start + place.lowerBound) * d..<(start + place.upperBound) * d
    }
  }
}

extension RopeScaling {
  fileprivate var isLongContext: Bool { if case .longContext = self { true } else { false } }
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
  /// The matrix that was turned last.
  private var turned: PackedMatrix?

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
    try numbers(name, rows: 1, columns: count)
  }

  private mutating func numbers(
    _ name: String, rows: Int, columns: Int
  ) throws(TransformerError) -> [Float] {
    let elements = try matrix(name, rows: rows, columns: columns).dequantised().elements
    if let index = elements.firstIndex(where: { !$0.isFinite }) {
      throw .weight(tensor: name, place: "number \(index)", value: elements[index])
    }
    return elements
  }

  /// - Parameter name: of γ and β, without `.weight` and `.bias`; β where the family's norm has one.
  mutating func norm(_ name: String, count: Int) throws(TransformerError) -> NormWeights {
    guard family.hasNormWeights else { return NormWeights(weight: Array(repeating: 1, count: count)) }
    return NormWeights(
      weight: try vector(name + ".weight", count: count).map { $0 + configuration.normWeightOffset },
      bias: family.norm == .layer && family.hasNormBiases ? try vector(name + ".bias", count: count) : [])
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

  /// A matrix of a block; where the file has several as one, its rows of it.
  private mutating func matrix(
    _ layer: LinearLayer, of block: Int, rows: Int, columns: Int
  ) throws(TransformerError) -> PackedMatrix {
    let name = Weight.matrix(block: block, layer).name
    guard let fused = fused(layer, of: block) else {
      return try multiplied(name, rows: rows, columns: columns)
    }
    let whole = try multiplied(fused.name + ".weight", rows: fused.count, columns: columns)
    guard let consecutive = fused.consecutive else {
      return PackedMatrix(name: name, whole.selecting(rows: fused.rows))
    }
    return whole.rows(consecutive, name: name)
  }

  /// A matrix whose rows are outputs; one that lies otherwise is turned, in memory.
  private mutating func multiplied(
    _ name: String, rows: Int, columns: Int
  ) throws(TransformerError) -> PackedMatrix {
    guard configuration.layout.isTransposed else { return try matrix(name, rows: rows, columns: columns) }
    if let turned, turned.name == name { return turned }
    let matrix = PackedMatrix(
      name: name, try matrix(name, rows: columns, columns: rows).dequantised().transposed())
    turned = matrix
    return matrix
  }

  /// Where a layer's rows lie, if the file has it in one with others.
  private func fused(_ layer: LinearLayer, of block: Int) -> FusedRows? {
    let c = configuration
    switch layer {
    case .query, .key, .value:
      let name = "blk.\(block).attn_qkv"
      guard checkpoint.contains(name + ".weight"), !checkpoint.contains("blk.\(block).attn_q.weight") else {
        return nil
      }
      return FusedRows(name, layer, c)
    case .gate where family.fusesGate:
      return FusedRows("blk.\(block).ffn_up", 0..<c.feedForwardWidth, of: 2 * c.feedForwardWidth)
    case .up where family.fusesGate:
      return FusedRows(
        "blk.\(block).ffn_up", c.feedForwardWidth..<2 * c.feedForwardWidth, of: 2 * c.feedForwardWidth)
    default: return nil
    }
  }

  private mutating func norm(
    _ norm: BlockNorm, of block: Int, count: Int
  ) throws(TransformerError) -> NormWeights {
    try self.norm("blk.\(block).\(norm.rawValue)", count: count)
  }

  /// The biases of a block's matrices, which all blocks have or none.
  private mutating func biases(
    _ parts: [(layer: LinearLayer, count: Int)], of block: Int
  ) throws(TransformerError) -> [Float] {
    if let first = parts.first, let fused = fused(first.layer, of: block) {
      guard checkpoint.contains(fused.name + ".bias") else { return [] }
      optional[
        String(fused.name.drop { $0 != "." }.dropFirst().drop { $0 != "." }.dropFirst()) + ".bias",
        default: []
      ]
      .append(block)
      let whole = try vector(fused.name + ".bias", count: fused.count)
      return parts.flatMap { part in self.fused(part.layer, of: block)?.rows.map { whole[$0] } ?? [] }
    }
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
    let experts = try experts(of: index)
    let isDense = experts == nil
    return BlockWeights(
      attentionNorm: family.hasInputNorms ? try norm(.attention, of: index, count: c.width) : NormWeights(),
      ownAttentionNorm: c.hasOwnAttentionNorm
        ? try norm(.ownAttention, of: index, count: c.width) : NormWeights(),
      query: try matrix(.query, of: index, rows: queries, columns: c.width),
      key: try matrix(.key, of: index, rows: keys, columns: c.width),
      value: try matrix(.value, of: index, rows: keys, columns: c.width),
      projectionBias: try biases([(.query, queries), (.key, keys), (.value, keys)], of: index),
      queryNorm: try headNorm(.query, of: index, heads: c.headCount),
      keyNorm: try headNorm(.key, of: index, heads: c.keyValueHeadCount),
      attentionOutput: try matrix(.attentionOutput, of: index, rows: c.width, columns: queries),
      attentionOutputBias: try biases([(.attentionOutput, c.width)], of: index),
      attentionOutputNorm: family.hasOutputNorms
        ? try norm(.attentionOutput, of: index, count: c.width) : NormWeights(),
      feedForwardNorm: family.hasInputNorms && !c.sharesInputNorm
        ? try norm(.feedForward, of: index, count: c.width) : NormWeights(),
      gate: family.isGated && isDense
        ? try matrix(.gate, of: index, rows: c.feedForwardWidth, columns: c.width) : .none(columns: c.width),
      up: isDense
        ? try matrix(.up, of: index, rows: c.feedForwardWidth, columns: c.width) : .none(columns: c.width),
      gateBias: isDense ? try biases(family.innerLayers.map { ($0, c.feedForwardWidth) }, of: index) : [],
      down: isDense
        ? try matrix(.down, of: index, rows: c.width, columns: c.feedForwardWidth)
        : .none(columns: c.feedForwardWidth),
      downBias: isDense ? try biases([(.down, c.width)], of: index) : [],
      feedForwardOutputNorm: family.hasOutputNorms
        ? try norm(.feedForwardOutput, of: index, count: c.width) : NormWeights(),
      experts: experts)
  }

  /// The experts of a block that has some: stacked, as GGUF has them, or each by itself.
  private mutating func experts(of block: Int) throws(TransformerError) -> ExpertWeights? {
    let c = configuration
    guard let e = c.experts, c.hasExperts(block: block) else { return nil }
    let router = try matrix(Weight.router(block: block).name, rows: e.count, columns: c.width)
    var experts: [Expert] = []
    for index in 0..<e.count {
      experts.append(
        Expert(
          gate: try expert(index, .gate, of: block, rows: e.width, columns: c.width),
          up: try expert(index, .up, of: block, rows: e.width, columns: c.width),
          down: try expert(index, .down, of: block, rows: c.width, columns: e.width)))
    }
    guard let width = e.sharedWidth else { return ExpertWeights(router: router, experts: experts) }
    func name(_ layer: LinearLayer) -> String { Weight.sharedExpert(block: block, layer).name }
    experts.append(
      Expert(
        gate: try matrix(name(.gate), rows: width, columns: c.width),
        up: try matrix(name(.up), rows: width, columns: c.width),
        down: try matrix(name(.down), rows: c.width, columns: width)))
    let shared = try matrix(Weight.sharedRouter(block: block).name, rows: 1, columns: c.width)
    return ExpertWeights(router: router, sharedRouter: shared, experts: experts)
  }

  private mutating func expert(
    _ index: Int, _ layer: LinearLayer, of block: Int, rows: Int, columns: Int
  ) throws(TransformerError) -> PackedMatrix {
    let name = Weight.expert(block: block, index, layer).name
    let stack = "blk.\(block).\(layer.rawValue)_exps.weight"
    guard checkpoint.contains(stack) else { return try matrix(name, rows: rows, columns: columns) }
    let count = configuration.experts?.count ?? 1
    let (all, overflow) = count.multipliedReportingOverflow(by: rows)
    let whole = try matrix(stack, rows: overflow ? .max : all, columns: columns)
    return whole.rows(index * rows..<(index + 1) * rows, name: name)
  }

  private mutating func headNorm(
    _ norm: BlockNorm, of block: Int, heads: Int
  ) throws(TransformerError) -> NormWeights {
    switch configuration.headNorms {
    case .none: return NormWeights()
    case .each: return try self.norm(norm, of: block, count: configuration.headDimension)
    case .whole: return try self.norm(norm, of: block, count: heads * configuration.headDimension)
    case .separate:
      let name = "blk.\(block).\(norm.rawValue)"
      let dimension = configuration.headDimension
      guard !checkpoint.contains(name + ".weight") else {
        return NormWeights(weight: try numbers(name + ".weight", rows: heads, columns: dimension))
      }
      var weight: [Float] = []
      for head in 0..<heads { weight += try vector("\(name).\(head).weight", count: dimension) }
      return NormWeights(weight: weight)
    }
  }

  /// What transformers and llama.cpp pass over, too: buffers of rotary angles, the unembedding of a model that is tied,
  /// and what sees images.
  private func isWithoutInfluence(_ name: String) -> Bool {
    name.hasSuffix("rotary_emb.inv_freq") || name == Weight.unembedding.name
      || name.hasPrefix("rope_factors_") && configuration.ropeScaling.isLongContext
      || family.ignoredTensors.contains(where: name.hasSuffix)
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
            "those of a \(configuration.architecture) decoder of \(configuration.blockCount) blocks"))
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
