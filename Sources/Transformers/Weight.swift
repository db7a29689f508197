import Checkpoints
public import Tensors

/// The norms of a block; raw values are GGUF's names.
public enum BlockNorm: String, Sendable, Hashable, CaseIterable, Codable {
  case attention = "attn_norm"
  /// What attention reads where ``attention`` is for the feed-forward layer beside it.
  case ownAttention = "attn_norm_2"
  case query = "attn_q_norm"
  case key = "attn_k_norm"
  case attentionOutput = "post_attention_norm"
  case feedForward = "ffn_norm"
  case feedForwardOutput = "post_ffw_norm"
}

/// The name of a weight: what can be read, replaced and trained.
public enum Weight: Sendable, Hashable {
  /// `[vocabulary x d_model]`; in a tied model also the unembedding.
  case embedding
  case unembedding
  case unembeddingBias
  /// `[positions x d_model]`, where positions are learned.
  case positions
  case embeddingNorm
  case embeddingNormBias
  case finalNorm
  case finalNormBias
  case matrix(block: Int, LinearLayer)
  case bias(block: Int, LinearLayer)
  /// `[experts x d_model]`: what chooses among experts.
  case router(block: Int)
  /// A matrix of one expert; experts count from 0.
  case expert(block: Int, Int, LinearLayer)
  /// A matrix of the expert that all tokens pass.
  case sharedExpert(block: Int, LinearLayer)
  /// `[1 x d_model]`: the gate of the shared expert.
  case sharedRouter(block: Int)
  case norm(block: Int, BlockNorm)
  /// What LayerNorm adds.
  case normBias(block: Int, BlockNorm)
  /// A of a ``LowRankUpdate``.
  case lowRankA(block: Int, LinearLayer)
  /// B of a ``LowRankUpdate``.
  case lowRankB(block: Int, LinearLayer)

  /// GGUF's name of the tensor; of low-rank updates llama.cpp's; of an expert what its older files have, newer ones stack all
  /// experts of a block.
  public var name: String {
    switch self {
    case .embedding: "token_embd.weight"
    case .unembedding: "output.weight"
    case .unembeddingBias: "output.bias"
    case .positions: "position_embd.weight"
    case .embeddingNorm: "token_embd_norm.weight"
    case .embeddingNormBias: "token_embd_norm.bias"
    case .finalNorm: "output_norm.weight"
    case .finalNormBias: "output_norm.bias"
    case .matrix(let block, let layer): "blk.\(block).\(layer.rawValue).weight"
    case .bias(let block, let layer): "blk.\(block).\(layer.rawValue).bias"
    case .router(let block): "blk.\(block).ffn_gate_inp.weight"
    case .expert(let block, let index, let layer): "blk.\(block).\(layer.rawValue).\(index).weight"
    case .sharedExpert(let block, let layer): "blk.\(block).\(layer.rawValue)_shexp.weight"
    case .sharedRouter(let block): "blk.\(block).ffn_gate_inp_shexp.weight"
    case .norm(let block, let norm): "blk.\(block).\(norm.rawValue).weight"
    case .normBias(let block, let norm): "blk.\(block).\(norm.rawValue).bias"
    case .lowRankA(let block, let layer): "blk.\(block).\(layer.rawValue).weight.lora_a"
    case .lowRankB(let block, let layer): "blk.\(block).\(layer.rawValue).weight.lora_b"
    }
  }

  /// The block that it belongs to; nil for those outside.
  public var block: Int? {
    switch self {
    case .embedding, .unembedding, .unembeddingBias, .positions, .embeddingNorm, .embeddingNormBias,
      .finalNorm, .finalNormBias:
      nil
    case .matrix(let block, _), .bias(let block, _), .norm(let block, _), .normBias(let block, _),
      .router(let block), .expert(let block, _, _), .sharedExpert(let block, _), .sharedRouter(let block),
      .lowRankA(let block, _), .lowRankB(let block, _):
      block
    }
  }
}

extension Model {
  /// Whether the unembedding is the embedding.
  public var isTied: Bool { embedding.name == unembedding.name }

  /// All weights that the model has, low-rank updates included, in an order of its own.
  public var weights: [Weight] {
    var all: [Weight] = isTied ? [.embedding] : [.embedding, .unembedding]
    if !unembeddingBias.isEmpty { all.append(.unembeddingBias) }
    if positions != nil { all.append(.positions) }
    if !embeddingNorm.isEmpty { all.append(.embeddingNorm) }
    if !embeddingNorm.bias.isEmpty { all.append(.embeddingNormBias) }
    if family.hasNormWeights { all.append(.finalNorm) }
    if !finalNorm.bias.isEmpty { all.append(.finalNormBias) }
    for (index, block) in blocks.enumerated() {
      for norm in BlockNorm.allCases where family.hasNormWeights && !block[norm].isEmpty {
        all.append(.norm(block: index, norm))
        if !block[norm].bias.isEmpty { all.append(.normBias(block: index, norm)) }
      }
      for layer in LinearLayer.allCases where block.has(layer) {
        all.append(.matrix(block: index, layer))
        if !block.bias(layer).isEmpty { all.append(.bias(block: index, layer)) }
        guard block.lowRank[layer] != nil else { continue }
        all += [.lowRankA(block: index, layer), .lowRankB(block: index, layer)]
      }
      if let experts = block.experts { all += experts.weights(block: index) }
    }
    return all
  }

  /// The numbers of a weight in f32; norms and biases have one row. Norm weights are what x̂ is multiplied by, as in GGUF files:
  /// for Gemma the 1 that its checkpoints leave out is inside.
  ///
  /// - Throws: ``TransformerError`` for a weight that the model does not have.
  public func values(of weight: Weight) throws(TransformerError) -> Matrix<Float> {
    func row(_ elements: [Float]) -> Matrix<Float>? {
      elements.isEmpty ? nil : Matrix(rows: 1, columns: elements.count, elements: elements)
    }
    if let block = weight.block, !blocks.indices.contains(block) { throw missing(weight) }
    let found: Matrix<Float>? =
      switch weight {
      case .embedding: embedding.dequantised()
      case .unembedding: isTied ? nil : unembedding.dequantised()
      case .unembeddingBias: row(unembeddingBias)
      case .positions: positions?.dequantised()
      case .embeddingNorm: row(embeddingNorm.weight)
      case .embeddingNormBias: row(embeddingNorm.bias)
      case .finalNorm: family.hasNormWeights ? row(finalNorm.weight) : nil
      case .finalNormBias: row(finalNorm.bias)
      case .matrix(let block, let layer):
        blocks[block].has(layer) ? blocks[block][layer].dequantised() : nil
      case .router, .expert, .sharedExpert, .sharedRouter:
        weight.block.flatMap { blocks[$0].experts?[weight]?.dequantised() }
      case .bias(let block, let layer): row(blocks[block].bias(layer))
      case .norm(let block, let norm):
        family.hasNormWeights ? row(blocks[block][norm].weight) : nil
      case .normBias(let block, let norm): row(blocks[block][norm].bias)
      case .lowRankA(let block, let layer): blocks[block].lowRank[layer]?.a
      case .lowRankB(let block, let layer): blocks[block].lowRank[layer]?.b
      }
    guard let found else { throw missing(weight) }
    return found
  }

  /// The model with other numbers in some weights, in memory and f32; what is not named stays as it is, mapped in its file.
  ///
  /// Cost: nothing is copied; numbers are shared until one side changes them.
  /// - Throws: ``TransformerError`` for weights that the model does not have, for other shapes, and for numbers that are not
  ///   finite.
  public func replacing(_ values: [Weight: Matrix<Float>]) throws(TransformerError) -> Model {
    var model = self
    for (weight, matrix) in values {
      let (rows, columns) = try shape(of: weight)
      for (what, expected, actual) in [("rows", rows, matrix.rows), ("columns", columns, matrix.columns)]
      where expected != actual {
        throw .count(what: "\(what) of \(weight.name)", expected: expected, actual: actual)
      }
      guard matrix.elements.allSatisfy(\.isFinite) else {
        throw .edit(place: weight.name, reason: "a number is not finite")
      }
      switch weight {
      case .embedding:
        let tied = isTied
        model.embedding = PackedMatrix(name: embedding.name, matrix)
        if tied { model.unembedding = model.embedding }
      case .unembedding: model.unembedding = PackedMatrix(name: unembedding.name, matrix)
      case .unembeddingBias: model.unembeddingBias = matrix.elements
      case .positions: model.positions = PackedMatrix(name: weight.name, matrix)
      case .embeddingNorm: model.embeddingNorm.weight = matrix.elements
      case .embeddingNormBias: model.embeddingNorm.bias = matrix.elements
      case .finalNorm: model.finalNorm.weight = matrix.elements
      case .finalNormBias: model.finalNorm.bias = matrix.elements
      case .matrix(let block, let layer):
        model.blocks[block][layer] = PackedMatrix(name: blocks[block][layer].name, matrix)
      case .bias(let block, let layer): model.blocks[block].setBias(layer, matrix.elements)
      case .router(let block), .expert(let block, _, _), .sharedExpert(let block, _),
        .sharedRouter(let block):
        model.blocks[block].experts?[weight] = PackedMatrix(name: weight.name, matrix)
      case .norm(let block, let norm): model.blocks[block][norm].weight = matrix.elements
      case .normBias(let block, let norm): model.blocks[block][norm].bias = matrix.elements
      case .lowRankA(let block, let layer): model.blocks[block].lowRank[layer]?.a = matrix
      case .lowRankB(let block, let layer): model.blocks[block].lowRank[layer]?.b = matrix
      }
    }
    return model
  }

  /// The model with a low-rank update on some matrices of every block: `W + (α / r) B A`, A drawn from
  /// N(0, 1 / inputs), B zero, so that nothing changes until B does.
  ///
  /// - Parameters:
  ///   - rank: r, 1 or more; larger values can change more, at more parameters.
  ///   - alpha: α; larger values make steps larger.
  /// - Throws: ``TransformerError`` for a matrix that experts have: there is no update of those.
  /// - Precondition: a rank of 1 or more.
  public func addingLowRank(
    to layers: [LinearLayer], rank: Int, alpha: Float, seed: UInt64
  ) throws(TransformerError) -> Model {
    precondition(rank > 0, "a low-rank update of rank \(rank)")
    if let layer = layers.first(where: LinearLayer.feedForward.contains),
      let block = blocks.firstIndex(where: { $0.experts != nil })
    {
      throw .unsupported(
        what: "a low-rank update of", actual: "\(layer.rawValue) of block \(block), which has experts",
        supported: "those of attention: attn_q, attn_k, attn_v, attn_output")
    }
    var model = self
    var random = SeededRandom(seed: seed)
    for index in blocks.indices {
      for layer in layers where blocks[index].has(layer) {
        let matrix = blocks[index][layer]
        let scale = 1 / Double(matrix.columns).squareRoot()
        model.blocks[index].lowRank[layer] = LowRankUpdate(
          a: Matrix(
            rows: rank, columns: matrix.columns,
            elements: (0..<rank * matrix.columns).map { _ in Float(scale * random.normal()) }),
          b: Matrix(rows: matrix.rows, columns: rank, repeating: 0), scale: alpha / Float(rank))
      }
    }
    return model
  }

  package func missing(_ weight: Weight) -> TransformerError {
    .edit(place: weight.name, reason: "the model has no such weight")
  }

  /// Without decoding it.
  private func shape(of weight: Weight) throws(TransformerError) -> (rows: Int, columns: Int) {
    switch weight {
    case .embedding: return (embedding.rows, embedding.columns)
    case .unembedding where !isTied: return (unembedding.rows, unembedding.columns)
    case .matrix(let block, let layer) where blocks.indices.contains(block) && blocks[block].has(layer):
      return (blocks[block][layer].rows, blocks[block][layer].columns)
    default:
      let values = try values(of: weight)
      return (values.rows, values.columns)
    }
  }
}

extension ExpertWeights {
  /// The name of a matrix of one of the experts, the shared one included.
  package func weight(block: Int, _ expert: Int, _ layer: LinearLayer) -> Weight {
    expert == router.rows ? .sharedExpert(block: block, layer) : .expert(block: block, expert, layer)
  }

  fileprivate func weights(block: Int) -> [Weight] {
    [.router(block: block)]
      + experts.indices.flatMap { index in
        LinearLayer.feedForward.map { weight(block: block, index, $0) }
      } + (sharedRouter == nil ? [] : [.sharedRouter(block: block)])
  }

  /// The matrix of this name, of whatever block; nil if there is none.
  fileprivate subscript(_ weight: Weight) -> PackedMatrix? {
    get {
      switch weight {
      case .router: router
      case .sharedRouter: sharedRouter
      case .expert(_, let index, let layer) where index >= 0 && index < router.rows: experts[index][layer]
      case .sharedExpert(_, let layer) where sharedRouter != nil: experts[experts.count - 1][layer]
      default: nil
      }
    }
    set {
      guard let newValue else { return }
      switch weight {
      case .router: router = newValue
      case .sharedRouter: sharedRouter = newValue
      case .expert(_, let index, let layer): experts[index][layer] = newValue
      case .sharedExpert(_, let layer): experts[experts.count - 1][layer] = newValue
      default: break
      }
    }
  }
}

extension BlockWeights {
  /// Whether the block has such a matrix.
  package func has(_ layer: LinearLayer) -> Bool { self[layer].rows > 0 }

  package subscript(_ norm: BlockNorm) -> NormWeights {
    get { self[keyPath: norm.path] }
    set { self[keyPath: norm.path] = newValue }
  }

  /// The bias of one matrix; empty where it has none.
  func bias(_ layer: LinearLayer) -> [Float] {
    let place = biasPlace(layer)
    let all = self[keyPath: place.path]
    return all.isEmpty ? [] : Array(all[place.range])
  }

  mutating func setBias(_ layer: LinearLayer, _ values: [Float]) {
    let place = biasPlace(layer)
    self[keyPath: place.path].replaceSubrange(place.range, with: values)
  }

  private func biasPlace(_ layer: LinearLayer) -> (
    path: WritableKeyPath<BlockWeights, [Float]>, range: Range<Int>
  ) {
    let count = self[layer].rows
    switch layer {
    case .query: return (\.projectionBias, 0..<count)
    case .key: return (\.projectionBias, query.rows..<query.rows + count)
    case .value: return (\.projectionBias, query.rows + key.rows..<query.rows + key.rows + count)
    case .attentionOutput: return (\.attentionOutputBias, 0..<count)
    case .gate: return (\.gateBias, 0..<count)
    case .up: return (\.gateBias, gate.rows..<gate.rows + count)
    case .down: return (\.downBias, 0..<count)
    }
  }
}

extension BlockNorm {
  fileprivate var path: WritableKeyPath<BlockWeights, NormWeights> {
    switch self {
    case .attention: \.attentionNorm
    case .ownAttention: \.ownAttentionNorm
    case .query: \.queryNorm
    case .key: \.keyNorm
    case .attentionOutput: \.attentionOutputNorm
    case .feedForward: \.feedForwardNorm
    case .feedForwardOutput: \.feedForwardOutputNorm
    }
  }
}
