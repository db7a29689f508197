package import Stores

/// The steps from stores to results: what is asked of them, and what they share.
///
/// Each has a ``Fingerprint`` of what it depends on; whether its result is kept for the next run is up to who calls it (``Keep``).
package struct Steps: Sendable {
  package let options: StepOptions
  /// In the order that decides which of a pair comes first; where tokens are shared by all, these are all.
  let models: [String]
  /// The paths of stores that do not lie in the models folder under the names of their models.
  let stores: [String: String]
  package let folders: WorkFolders
  package let workspace: Workspace
  /// Words that the user should read though the work goes on.
  package let warn: @Sendable (String) -> Void

  package init(
    _ options: StepOptions, models: [String], stores: [String: String] = [:], folders: WorkFolders,
    workspace: Workspace, warn: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    (self.options, self.models, self.stores) = (options, models, stores)
    (self.folders, self.workspace, self.warn) = (folders, workspace, warn)
  }

  /// How a step's result is found: at once, or kept for the next run.
  package typealias Keep<Value> = (Fingerprint, () throws -> Value) throws -> Value

  /// Fewer have no neighbourhoods to compare.
  var leastTokens: Int { 2 * max(options.compare.neighbours, 20) }

  package func storePath(_ name: String) -> String { stores[name] ?? "\(folders.models)/\(name).h5" }

  /// Takes a model for what is said here of it, whether or not there is a store.
  package func assume(_ model: ModelSummary) throws {
    _ = try workspace.models.value(storePath(model.name)) { model }
  }

  /// What is said of a model, with the cosine of its two matrices where it has two.
  package func summary(_ name: String, _ store: EmbeddingStore) throws -> ModelSummary {
    var summary = ModelSummary((name, store))
    if !store.isTied { summary.unembeddingCosine = try meanUnembeddingCosine(store) }
    return summary
  }
}

/// A value that is made when it is first wanted: several steps share it, and a run that has them all needs none.
package final class Once<Value> {
  private let make: () throws -> Value
  /// nil where nobody has wanted it yet.
  package private(set) var made: Value?

  package init(_ make: @escaping () throws -> Value) { self.make = make }

  package var value: Value {
    get throws {
      if let made { return made }
      let value = try make()
      made = value
      return value
    }
  }
}
