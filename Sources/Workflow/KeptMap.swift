internal import Alignment
internal import Foundation
internal import Statistics
public import Steering
public import Stores
package import Tensors

/// A map that was kept in a file, as what carries vectors.
public struct KeptMap: Sendable {
  public let store: AlignmentStore
  public let carrier: Carrier

  /// Opens the file of a map of embeddings or of hidden states.
  public init(_ path: String) throws(StoreError) {
    store = try AlignmentStore.open(path)
    let record = store.record
    let map = LinearMap(
      weights: record.weights, sourceMean: record.meanA, targetMean: record.meanB, method: record.method)
    carrier = Carrier(
      map, words: "\(record.method) map \(record.storeA.name)--\(record.storeB.name) (\(store.identity))",
      hash: store.identity, layers: LayerSpace(space: record.space))
  }

  /// Throws unless the map leads from one model to the other. A source that does not say its hash is not asked for it.
  ///
  /// - Parameter folder: of the stores, which maps of older versions name in place of models.
  /// - Throws: `SteeringError.otherModel`; `StoreError.misfit` where the file does not say its models.
  public func requireModels(_ source: ModelIdentity, _ target: ModelIdentity, stores folder: String) throws {
    let a = try model(of: store.record.storeA, folder)
    let b = try model(of: store.record.storeB, folder)
    let isBackwards = a.hash == target.hash && b.hash == source.hash && a.hash != b.hash
    let remedy =
      isBackwards
      ? "the map leads the other way: fit one with `sextant align \(b.name) \(a.name)`"
      : "take the map between these two, or fit it with `sextant align`"
    guard source.hash.isEmpty || a.hash == source.hash else {
      throw SteeringError.otherModel(
        what: "the source side of \(store.path)", made: a, given: source, remedy: remedy)
    }
    guard b.hash == target.hash else {
      throw SteeringError.otherModel(
        what: "the target side of \(store.path)", made: b, given: target, remedy: remedy)
    }
  }

  /// The model behind one side. Maps of older versions name a store only: the one that is here must be that one.
  private func model(of side: StoreReference, _ folder: String) throws -> ModelIdentity {
    if let hash = side.source { return ModelIdentity(name: side.name, hash: hash) }
    let path = "\(folder)/\(side.name).h5"
    if let found = try? EmbeddingStore.open(path), found.identity == side.identity {
      return ModelIdentity(name: side.name, hash: found.provenance.sourceSHA256)
    }
    throw StoreError.misfit(
      path: store.path, what: "the model of its side \(side.name)",
      expected: "the SHA-256 of its file, or its store at \(path)",
      actual: "neither (a version before these hashes wrote it)",
      hint: "fit the map again, or pass --force-mismatch if you know that it belongs here")
  }
}

// MARK: - Controls

extension KeptMap {
  /// The controls of a map of embeddings, on the two stores that it was fitted on.
  ///
  /// - Throws: `StoreError.misfit` for other stores; as `controls(source:target:lambda:)`.
  public func controls(a: EmbeddingStore, b: EmbeddingStore) throws -> RowControls {
    try store.requireFit(a: a, b: b)
    let space = try space
    return try controls(source: a.rows(of: space), target: b.rows(of: space))
  }

  /// The same on matrices that are in memory: the rows of the match table, without the held-out ones.
  ///
  /// - Parameters:
  ///   - source: the whole matrix, a row a token.
  ///   - lambda: the λ that was chosen for the map; a file does not say it, so nil has it chosen again.
  /// - Throws: `StoreError.misfit` for a map that cannot have been fitted on them; `AlignmentError`.
  package func controls(source: Matrix<Float>, target: Matrix<Float>, lambda: Double? = nil) throws
    -> RowControls
  {
    let record = store.record
    let held = Set(record.heldOut)
    let training = (0..<record.match.count).filter { !held.contains(Int32($0)) }
    func rows(_ matrix: Matrix<Float>, _ numbers: [Int32], width: Int) throws -> Matrix<Float> {
      let rows = training.map { Int(numbers[$0]) }
      guard matrix.columns == width, rows.allSatisfy({ $0 < matrix.rows }) else {
        throw misfit(
          "the rows that it was fitted on", expected: "rows of width \(width), up to \(rows.max() ?? 0)",
          actual: "\(matrix.rows) of width \(matrix.columns)")
      }
      return matrix.selecting(rows: rows)
    }
    return try RowControls(
      linearMethod(record.method), source: rows(source, record.match.rowsA, width: record.weights.rows),
      target: rows(target, record.match.rowsB, width: record.weights.columns), lambda: lambda,
      options: options(Alignment.AlignmentOptions.self))
  }

  /// The controls of a map of hidden states: both models read the texts again.
  ///
  /// - Parameter set: whose texts the map must not have seen.
  /// - Throws: `StoreError.misfit` for a map of embeddings, or one of other texts; what the models throw; `AlignmentError`.
  public func controls(
    from source: NamedModel, to target: NamedModel, without set: ContrastSet
  ) throws -> StateControls {
    guard let layers = carrier.layers else {
      throw misfit("its space", expected: "one of hidden states", actual: store.record.space)
    }
    let options = try options(LayerMapOptions.self)
    let controls = try StateControls(
      from: source, to: target, layers: layers, without: set, seed: options.resampling.seed)
    let (fitted, match) = (controls.fitted, store.record.match)
    guard fitted.tokensA.map({ Int32($0) }) == match.rowsA, fitted.tokensB.map({ Int32($0) }) == match.rowsB
    else {
      throw StoreError.misfit(
        path: store.path, what: "the texts that it was fitted on",
        expected: "all bundled ones without those of \(set.name)",
        actual: "others, of \(match.count) positions",
        hint:
          "the map must not have seen the texts that its vector is tested on: fit it with `sextant layers … "
          + "--keep-map \(layers.sourceBlock + 1) --without \(set.name)`, in another folder (--alignments)")
    }
    return controls
  }

  private var space: EmbeddingSpace {
    get throws {
      guard let space = EmbeddingSpace(rawValue: store.record.space) else {
        throw misfit("its space", expected: EmbeddingSpace.names, actual: store.record.space)
      }
      return space
    }
  }

  private func options<Options: Decodable>(_: Options.Type) throws -> Options {
    do {
      return try JSONDecoder().decode(Options.self, from: Data(store.record.options.utf8))
    } catch {
      throw misfit("the options of its fit", expected: "those of this version", actual: store.record.options)
    }
  }

  private func misfit(_ what: String, expected: String, actual: String) -> StoreError {
    .misfit(path: store.path, what: what, expected: expected, actual: actual, hint: "fit the map again")
  }
}
