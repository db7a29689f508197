internal import Checkpoints
internal import Distribution
internal import Files
internal import Foundation
internal import Gradients
public import Stores
internal import Tensors
public import Transformers

/// How a Jacobian lens is fitted.
public struct JacobianOptions: Sendable, Equatable, Codable {
  /// Tokens of a prompt at most; larger values see longer contexts, at a cost that grows with them.
  public var tokens = 128
  /// Positions from the first on that are left out, as sources and as targets: their states are attention sinks.
  public var skippedPositions = 16

  public init() {}

  /// The positions V of a prompt that count, which leave out the last too: it foretells nothing of the prompt.
  func positions(of length: Int) -> Range<Int> { skippedPositions..<max(skippedPositions, length - 1) }

  /// The first texts of a corpus as tokens, each with two such positions at least.
  func sequences(
    of corpus: LensCorpus, for model: Model, count: Int?
  ) throws(LensError) -> [[Int]] {
    try corpus.sequences(
      for: model, count: count, tokens: tokens,
      needed: (skippedPositions + 3, "a Jacobian lens that leaves out \(skippedPositions + 1) positions"))
  }
}

/// The mean effect of the residual stream of a layer on the final one (Gurnee et al. 2026):
///
///     J_l = E_prompt[ 1/|V| Σ_{t ∈ V} Σ_{t' ≥ t, t' ∈ V} ∂h_final,t' / ∂h_l,t ]
///
/// h_final leaves the last block, before the final norm; V leaves out the first 16 positions and the last. A reverse pass with a
/// one in dimension i at every position of V gives row i of all layers at once, so a prompt takes d_model of them, many over one
/// tape. No randomness. Cost: d_model reverse passes a prompt; memory of twice the
/// cotangents of a group of passes (SmolLM2 340 MB) and 8 L d² bytes.
///
/// Differs from TransformerLens 4.3.0 in nothing but that it also has the layer -1, what enters block 0.
public struct JacobianFit: Sendable {
  /// What a fit found of a layer.
  public struct Score: Sendable, Equatable, Codable {
    public let layer: Int
    /// The Frobenius norm of J.
    public let norm: Double
    /// ‖J‖'s standard error over prompts, `√(Σ ‖J_p - J‖² / (n (n - 1)))`, as a share of ‖J‖; nil for one prompt.
    public let relativeError: Double?
  }

  let model: Model
  /// The model's name and the SHA-256 of its checkpoint.
  let identity: StoreReference
  let corpus: LensCorpus
  let sequences: [[Int]]
  let options: JacobianOptions
  let kept: BlockFolder?

  /// - Parameters:
  ///   - prompts: how many texts of the corpus, from the first on; nil takes all.
  ///   - folder: where finished groups of passes are kept, so that a fit that was killed goes on where it was; nil keeps none.
  /// - Throws: ``LensError`` for texts that are too few or too short.
  public init(
    _ model: Model, _ identity: StoreReference, corpus: LensCorpus = .passages, prompts: Int? = nil,
    options: JacobianOptions = JacobianOptions(), keepingIn folder: String? = nil, toolVersion: String
  ) throws(LensError) {
    self.init(
      model, identity, corpus: corpus,
      sequences: try options.sequences(of: corpus, for: model, count: prompts), options: options,
      keepingIn: folder, toolVersion: toolVersion)
  }

  /// The same for texts that are tokens already.
  package init(
    _ model: Model, _ identity: StoreReference, corpus: LensCorpus, sequences: [[Int]],
    options: JacobianOptions = JacobianOptions(), keepingIn folder: String? = nil, toolVersion: String
  ) {
    (self.model, self.identity, self.corpus, self.options) = (model, identity, corpus, options)
    (self.sequences, self.toolVersion) = (sequences, toolVersion)
    kept = folder.map { BlockFolder(URL(filePath: $0), version: Self.version) }
  }

  private let toolVersion: String
  private static let version = "jacobian lens 1"

  /// Fits, or goes on.
  /// - Throws: `TransformerError` of a pass.
  public func run() throws -> LensRecord {
    var mean = RunningMean(layers: model.configuration.blockCount, width: model.configuration.width)
    var done = 0
    if let (found, count) = newestMean() { (mean, done) = (found, count) }
    let progress = JobProgress.current
    for prompt in done..<sequences.count {
      let rows = try progress.part(prompt, of: sequences.count, "prompt \(prompt + 1) of \(sequences.count)")
      {
        try jacobians(of: prompt)
      }
      mean.add(rows)
      keep(mean, after: prompt)
    }
    return try record(mean)
  }

  /// Removes what was kept, once the lens is written.
  public func removeKept() {
    guard let kept else { return }
    for (hash, block) in groupKeys(of: sequences.count - 1) { _ = kept.read(hash, block) }
    for layer in 0..<model.configuration.blockCount {
      _ = kept.read(meanKey(after: sequences.count - 1), layer)
    }
    kept.removeUsed()
  }

  // MARK: - One prompt

  /// Output dimensions whose passes run together, equal groups of at most 640 MB of cotangents: the more of them, the less each
  /// costs.
  private func groups(of length: Int) -> [Range<Int>] {
    let width = model.configuration.width
    let count = 1 + width * length * width * 4 / (640 << 20)
    let size = (width + count - 1) / count
    return stride(from: 0, to: width, by: size).map { $0..<min(width, $0 + size) }
  }

  /// Of all layers, one after the other: `[layers · d x d]`.
  private func jacobians(of prompt: Int) throws -> [Float] {
    let (width, layers) = (model.configuration.width, model.configuration.blockCount)
    let tokens = sequences[prompt]
    let groups = groups(of: tokens.count)
    let keys = groupKeys(of: prompt)
    var all = [Float](repeating: 0, count: layers * width * width)
    var tape: Tape?
    for (index, dimensions) in groups.enumerated() {
      JobProgress.current.tell(index, of: groups.count)
      let (hash, block) = keys[index]
      let count = layers * dimensions.count * width
      let rows: [Float]
      if let bytes = kept?.read(hash, block), let found = values(of: bytes, as: Float.self),
        found.count == count
      {
        rows = found
      } else {
        // A text has to fit the model, though what comes behind the positions that count plays no part.
        try model.check(length: tokens.count, ofSequence: 0)
        let counted = Array(tokens.prefix(options.positions(of: tokens.count).upperBound))
        let ready = try tape ?? model.tape([counted])
        tape = ready
        rows = try jacobianRows(dimensions, through: ready)
        kept?.write(bytes(of: rows), hash, block)
      }
      for layer in 0..<layers {
        let source = layer * dimensions.count * width..<(layer + 1) * dimensions.count * width
        let target = (layer * width + dimensions.lowerBound) * width
        all.replaceSubrange(target..<target + source.count, with: rows[source])
      }
    }
    return all
  }

  /// Rows of the Jacobians of all layers: `[layers x dimensions x d]`.
  private func jacobianRows(_ dimensions: Range<Int>, through tape: Tape) throws -> [Float] {
    let (width, layers) = (model.configuration.width, model.configuration.blockCount)
    let first = options.skippedPositions
    let positions = tape.lengths[0] - first
    var cotangents = Matrix<Float>(rows: dimensions.count * positions, columns: width, repeating: 0)
    for (copy, dimension) in dimensions.enumerated() {
      for row in copy * positions..<(copy + 1) * positions { cotangents[row, dimension] = 1 }
    }
    var rows = [Float](repeating: 0, count: layers * dimensions.count * width)
    _ = try model.pullback(cotangents, through: tape, to: 0, from: first) { block, entering in
      let means = entering.blockMeans(length: positions, 0..<positions)
      rows.replaceSubrange(
        block * dimensions.count * width..<(block + 1) * dimensions.count * width, with: means.elements)
    }
    return rows
  }

  // MARK: - What is kept

  /// All that the passes of a prompt depend on, and of those before it.
  private func key(_ name: String, _ prompts: Range<Int>) -> BlockKey {
    BlockKey(
      name,
      [.text(identity.identity), .integers([options.skippedPositions])]
        + prompts.map { .integers(sequences[$0]) })
  }

  private func groupKeys(of prompt: Int) -> [(hash: String, block: Int)] {
    let count = groups(of: sequences[prompt].count).count
    let hash = key("rows", prompt..<prompt + 1).hash(version: Self.version, count: count)
    return (0..<count).map { (hash, $0) }
  }

  private func meanKey(after prompt: Int) -> String {
    key("mean", 0..<prompt + 1).hash(version: Self.version, count: model.configuration.blockCount)
  }

  private func newestMean() -> (RunningMean, Int)? {
    guard let kept else { return nil }
    for prompt in sequences.indices.reversed() {
      let hash = meanKey(after: prompt)
      var layers: [[Float]] = []
      for layer in 0..<model.configuration.blockCount {
        guard let bytes = kept.read(hash, layer), let found = values(of: bytes, as: Float.self) else { break }
        layers.append(found)
      }
      let mean = RunningMean(
        kept: layers, layers: model.configuration.blockCount, width: model.configuration.width,
        count: prompt + 1)
      if let mean { return (mean, prompt + 1) }
    }
    return nil
  }

  /// Keeps the mean so far and drops what it is made of.
  private func keep(_ mean: RunningMean, after prompt: Int) {
    guard let kept else { return }
    let hash = meanKey(after: prompt)
    for (layer, numbers) in mean.keepable.enumerated() {
      guard kept.write(bytes(of: numbers), hash, layer) else { return }
    }
    var old = groupKeys(of: prompt).map { kept.file($0.hash, $0.block) }
    if prompt > 0 {
      old += (0..<model.configuration.blockCount).map { kept.file(meanKey(after: prompt - 1), $0) }
    }
    for file in old { try? FileManager.default.removeItem(at: file) }
  }

  private func record(_ mean: RunningMean) throws -> LensRecord {
    let (width, layers) = (model.configuration.width, model.configuration.blockCount)
    // The last layer is read as it is: its map would be the identity.
    let scores = (0..<layers).map { index in
      Score(layer: index - 1, norm: mean.norm(of: index), relativeError: mean.relativeError(of: index))
    }
    return LensRecord(
      kind: LensKind.jacobian.rawValue, model: identity, layers: (0..<layers).map { Int32($0 - 1) },
      matrices: Matrix(rows: layers * width, columns: width, elements: mean.elements),
      offsets: Matrix(rows: layers, columns: width, repeating: 0), corpus: corpus.name,
      corpusSHA256: corpus.sha256, prompts: sequences.count, seed: 0, options: try json(options),
      scores: try json(scores), toolVersion: toolVersion, date: Date.now.ISO8601Format())
  }
}

/// The mean of matrices that come one after the other (Welford 1962), in Float, so that a mean that was kept goes on to the bit.
package struct RunningMean {
  private let layers: Int
  private let width: Int
  private(set) var count: Int
  /// `[layers · d x d]`.
  private(set) var elements: [Float]
  /// Σ ‖J_p - J‖² of each layer.
  private var squares: [Float]

  package init(layers: Int, width: Int) {
    (self.layers, self.width, count) = (layers, width, 0)
    elements = Array(repeating: 0, count: layers * width * width)
    squares = Array(repeating: 0, count: layers)
  }

  /// - Parameter kept: of each layer the matrix and its sum of squares.
  init?(kept: [[Float]], layers: Int, width: Int, count: Int) {
    guard kept.count == layers, kept.allSatisfy({ $0.count == width * width + 1 }) else { return nil }
    (self.layers, self.width, self.count) = (layers, width, count)
    elements = kept.flatMap { $0.dropLast() }
    squares = kept.map { $0[width * width] }
  }

  var keepable: [[Float]] {
    (0..<layers).map { Array(elements[$0 * width * width..<($0 + 1) * width * width]) + [squares[$0]] }
  }

  package mutating func add(_ new: [Float]) {
    count += 1
    let (size, share) = (width * width, 1 / Float(count))
    let old = elements
    let sums: [Double] = parallelMap(count: layers) { layer in
      var sum = 0.0
      for i in layer * size..<(layer + 1) * size {
        let step = new[i] - old[i]
        sum += Double(step) * Double(new[i] - (old[i] + step * share))
      }
      return sum
    }
    for i in elements.indices { elements[i] += (new[i] - elements[i]) * share }
    for layer in 0..<layers { squares[layer] += Float(sums[layer]) }
  }

  func norm(of layer: Int) -> Double {
    let size = width * width
    return elements[layer * size..<(layer + 1) * size].reduce(0.0) { $0 + Double($1) * Double($1) }
      .squareRoot()
  }

  package func relativeError(of layer: Int) -> Double? {
    let norm = norm(of: layer)
    guard count > 1, norm > 0 else { return nil }
    return (Double(squares[layer]) / Double(count * (count - 1))).squareRoot() / norm
  }
}

extension Matrix<Float> {
  /// Of each block of `length` rows the mean of some of them, a row a block.
  func blockMeans(length: Int, _ positions: Range<Int>) -> Matrix<Float> {
    let (columns, source) = (columns, self)
    let share = 1 / Float(Swift.max(positions.count, 1))
    return .parallelRows(rows: rows / length, columns: columns, chunk: 8) { blocks, elements in
      let rows = source.elements.span
      for block in blocks {
        let target = (block - blocks.lowerBound) * columns
        for position in positions {
          let start = (block * length + position) * columns
          for i in 0..<columns { elements[target + i] += rows[start + i] }
        }
        for i in 0..<columns { elements[target + i] *= share }
      }
    }
  }
}

/// A value in JSON with sorted keys.
func json(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
