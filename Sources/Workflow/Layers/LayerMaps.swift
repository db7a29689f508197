public import Alignment
internal import Checkpoints
internal import Files
internal import Foundation
public import Geometry
internal import Statistics
internal import Steering
public import Stores
internal import Tensors
internal import Transformers

/// A map between the states of two layers of matched depth, without its weights.
public struct LayerMapResult: Sendable, Codable {
  /// Layer 0 is the embedding, layer l the output of block l - 1.
  public let layers: LayerPair
  public let lambda: Double
  public let trainingRows: Int
  public let heldOutRows: Int
  /// Held-out texts: what the intervals resample.
  public let heldOutTexts: Int
  public let scores: LayerMapScores
}

/// A fitted map with what was found about it.
public struct FittedLayerMap: Sendable {
  public let result: LayerMapResult
  public let map: LayerMap
  /// The pairs of positions that it was fitted and judged on, as tokens of the two vocabularies.
  public let tokensA: [Int]
  public let tokensB: [Int]
  let seed: UInt64

  /// The map in the alignment's file format: `space` names the blocks (`Steering/LayerSpace`), the match table
  /// holds the token of each model at each pair of positions.
  ///
  /// - Parameters: names and SHA-256 of the two models' files, in place of a store's identity.
  /// - Returns: nil for a map of layer 0, which is no block's output.
  public func record(from a: StoreReference, to b: StoreReference) throws -> AlignmentRecord? {
    guard result.layers.a > 0, result.layers.b > 0 else { return nil }
    func json(_ value: some Encodable) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    var options = LayerMapOptions()
    options.resampling.seed = seed
    return AlignmentRecord(
      method: map.map.method,
      space: "\(LayerSpace(sourceBlock: result.layers.a - 1, targetBlock: result.layers.b - 1))",
      weights: map.map.weights, meanA: map.map.sourceMean, meanB: map.map.targetMean, storeA: a, storeB: b,
      match: MatchTable(
        rowsA: tokensA.map { Int32($0) }, rowsB: tokensB.map { Int32($0) }, reasons: tokensA.map { _ in 0 },
        reasonNames: ["the texts' bytes end here in both"]),
      heldOut: map.heldOut.map { Int32($0) }, options: try json(options), scores: try json(map.scores),
      toolVersion: toolVersion, date: Date.now.ISO8601Format())
  }

  /// Writes the map to `FOLDER/A--B.ridge.layer-L-M.h5`.
  ///
  /// - Returns: the path; nil for a map of layer 0.
  /// - Throws: `StoreError.exists` when there is one already.
  public func write(from a: StoreReference, to b: StoreReference, folder: String) throws -> String? {
    guard let record = try record(from: a, to: b) else { return nil }
    try OutputFile.makeFolder(folder)
    let path = AlignmentStore.path(
      folder: folder, nameA: a.name, nameB: b.name,
      method: result.layers.mapName)
    try record.write(to: path)
    return path
  }
}

extension LayerPair {
  /// What files call a map from layer L to layer M, always a ridge: `ridge.layer-L-M`.
  public var mapName: String { "ridge.layer-\(a)-\(b)" }
}

/// The states of two models at the positions of texts where both have read the same bytes.
struct PairedStates {
  let paired: PairedPositions
  /// By layer; only those that were asked for.
  let a: [Int: Matrix<Float>]
  let b: [Int: Matrix<Float>]
  let seed: UInt64

  /// Affine ridge from a layer of A to one of B.
  func map(_ layers: LayerPair) throws -> FittedLayerMap {
    guard let x = a[layers.a], let y = b[layers.b] else {
      throw SteeringError.missingActivation(ActivationPoint(block: layers.a - 1, site: .residualPost))
    }
    let tokensB = paired.tokensB
    var options = LayerMapOptions()
    options.resampling.seed = seed
    let map = try LayerMap(
      source: x, target: y, groups: paired.groups, tokens: tokensB, options: options)
    return FittedLayerMap(
      result: LayerMapResult(
        layers: layers, lambda: map.lambda, trainingRows: map.trainingRows, heldOutRows: map.heldOutRows,
        heldOutTexts: map.heldOutGroups, scores: map.scores),
      map: map, tokensA: paired.tokensA, tokensB: tokensB, seed: seed)
  }
}

extension PairedStates {
  /// A direction through `count` maps fitted as `fitted` was, on shuffled positions (`Alignment/ShuffledMaps`).
  func carriedThroughShuffled(
    _ direction: [Float], _ fitted: FittedLayerMap, count: Int, seed: UInt64
  ) throws -> [[Float]] {
    let layers = fitted.result.layers
    guard let x = a[layers.a], let y = b[layers.b] else {
      throw SteeringError.missingActivation(ActivationPoint(block: layers.a - 1, site: .residualPost))
    }
    return try fitted.map.carriedThroughShuffled(direction, source: x, target: y, count: count, seed: seed)
  }
}

extension LayerBench {
  /// Reads the states of both models at the positions of texts where both have read the same bytes.
  ///
  /// - Parameter layers: pairs of layers that are needed; nil reads all.
  func pairedStates(_ texts: LayerTexts, layers: [LayerPair]? = nil) throws -> PairedStates {
    let paired = PairedPositions(texts, a.model.tokenizer, b.model.tokenizer)
    JobProgress.current.tell("\(paired.groups.count) paired positions through \(a.name) and \(b.name)")
    return PairedStates(
      paired: paired,
      a: try LayerStates.places(paired.placesA, in: paired.sequencesA, of: a.model, layers: layers?.map(\.a)),
      b: try LayerStates.places(paired.placesB, in: paired.sequencesB, of: b.model, layers: layers?.map(\.b)),
      seed: seed)
  }

  /// Fits a map from A to B for each pair of layers of matched depth, on the positions at which both models have read
  /// the same bytes of a text.
  ///
  /// Cost: a pass of each model over the texts, and one ridge with cross-validation a layer, O(n d² + d³).
  /// - Parameter layers: the layers of A; nil takes all.
  /// - Throws: what the models throw; `AlignmentError`.
  public func maps(_ texts: LayerTexts, layers: [Int]? = nil) throws -> [FittedLayerMap] {
    let pairs = LayerPair.matchedDepth(
      layersA: a.model.configuration.blockCount + 1, layersB: b.model.configuration.blockCount + 1
    ).filter { layers?.contains($0.a) ?? true }
    guard !pairs.isEmpty else { return [] }
    let states = try pairedStates(texts, layers: pairs)
    let progress = JobProgress.current
    return try pairs.enumerated().map { done, pair in
      progress.tell(
        done, of: pairs.count, "map from layer \(pair.a) of \(a.name) to layer \(pair.b) of \(b.name)")
      return try states.map(pair)
    }
  }
}
