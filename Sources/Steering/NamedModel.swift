public import Transformers

/// A model in memory, and what the files that are made on it call it.
public struct NamedModel: Sendable {
  public let model: Model
  public let identity: ModelIdentity

  public init(_ model: Model, _ identity: ModelIdentity) { (self.model, self.identity) = (model, identity) }
}
