internal import Checkpoints
public import Transformers

extension SteeringVector {
  /// Throws unless the vector was made on this model: a direction of one model means nothing in another.
  ///
  /// - Parameters:
  ///   - identity: the model's name and hashes; asked for only where they decide, since a hash reads the whole file.
  ///   - allowsMismatch: only what cannot be added at all is refused.
  ///   - remedy: what to do with a vector of another model.
  /// - Returns: what could not be checked, in words; nil as a rule.
  /// - Throws: `SteeringError.widthMismatch`, also where a mismatch is allowed; `.otherModel`.
  public func checkFit(
    to model: Model, allowsMismatch: Bool = false,
    remedy: String = "carry it over with `sextant steer transfer`", identity: () throws -> ModelIdentity
  ) throws -> String? {
    guard direction.count == model.configuration.width else {
      throw SteeringError.widthMismatch(map: "\(direction.count)", needed: "\(model.configuration.width)")
    }
    guard !allowsMismatch else { return nil }
    guard !provenance.modelHash.isEmpty else { return try checkArchitecture(model) }
    let given = try identity()
    guard given.hash != provenance.modelHash else { return nil }
    throw SteeringError.otherModel(
      what: place, made: provenance.identity, given: given, remedy: remedy)
  }

  /// Control vectors of other tools name an architecture at most.
  private func checkArchitecture(_ model: Model) throws -> String? {
    let (hint, architecture) = (provenance.architecture, model.configuration.architecture)
    guard hint.isEmpty || hint.hasPrefix(architecture) || architecture.hasPrefix(hint) else {
      throw SteeringError.otherModel(
        what: "the control vector", made: ModelIdentity(name: "a \(hint)", hash: ""),
        given: ModelIdentity(name: "a \(architecture)", hash: ""), remedy: "take one of this model")
    }
    return "the vector does not say which model it is of; only its width was checked"
  }
}

/// Throws unless vectors are of one model and may share a file.
func requireOneModel(_ vectors: [SteeringVector]) throws(SteeringError) {
  guard let first = vectors.first?.provenance.identity else { return }
  for vector in vectors where vector.provenance.identity.hash != first.hash {
    throw .otherModel(
      what: vector.place, made: vector.provenance.identity, given: first, remedy: "write one file a model")
  }
}
