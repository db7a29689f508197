internal import Checkpoints
internal import Stores
internal import Tensors
internal import Training
internal import Transformers

// A file's parameters as those of a model.

extension Adapter {
  /// That of a file.
  /// - Throws: ``ElmError/misfit(what:expected:actual:remedy:)`` for a model of another width.
  init(_ record: ElmRecord, on model: Model) throws(ElmError) {
    guard record.modelWidth == model.configuration.width else {
      throw .misfit(
        what: "width of the model", expected: "\(record.modelWidth)", actual: "\(model.configuration.width)",
        remedy: "name the model that it was trained on, \(record.model.name)")
    }
    guard record.domainWidth > 0, record.tokenCount > 0, record.hidden >= 0, record.norm > 0,
      record.norm.isFinite
    else {
      throw .misfit(
        what: "shape of the adapter", expected: "numbers above 0",
        actual: "\(record.domainWidth) to \(record.tokenCount) pseudo-tokens of norm \(record.norm)",
        remedy: "the file is damaged: train it again")
    }
    self.init(
      record.hidden == 0 ? .linear : .two(hidden: record.hidden), inputWidth: record.domainWidth,
      tokenCount: record.tokenCount, modelWidth: record.modelWidth, norm: record.norm)
  }
}

extension Model {
  /// With what was trained of it; low-rank updates are added first.
  /// - Throws: ``ElmError/misfit(what:expected:actual:remedy:)`` for a weight that the model does not have;
  ///   `TransformerError` for one of another shape.
  func adapted(_ record: ElmRecord) throws -> Model {
    guard !record.weights.isEmpty else { return self }
    let first = LinearLayer.allCases.compactMap { layer -> (LinearLayer, Int)? in
      let name = Weight.lowRankA(block: 0, layer).name
      return record.weights.first { $0.name == name }.map { (layer, $0.values.rows) }
    }
    var model = self
    if let rank = first.first?.1 {
      model = try addingLowRank(to: first.map(\.0), rank: rank, alpha: record.alpha, seed: 0)
    }
    let known = Dictionary(uniqueKeysWithValues: model.weights.map { ($0.name, $0) })
    var values: [Weight: Matrix<Float>] = [:]
    for weight in record.weights {
      guard let place = known[weight.name] else {
        throw ElmError.misfit(
          what: "weights", expected: "those of \(name)", actual: weight.name,
          remedy: "name the model that it was trained on, \(record.model.name)")
      }
      values[place] = weight.values
    }
    return try model.replacing(values)
  }
}
