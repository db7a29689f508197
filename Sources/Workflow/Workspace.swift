internal import Geometry
package import Stores
internal import Synchronization
package import Tensors

/// What the steps of a run share: a matrix is read once and held until its last user has finished, a vocabulary is searched
/// once, a pair matched once.
package final class Workspace: Sendable {
  /// By path.
  let models = Memo<ModelSummary>()
  /// By the step that finds them, as all that follow.
  let vocabularies = Memo<TokenRows>()
  let matches = Memo<PairMatch>()
  let sharedRows = Memo<[String: SharedRows]>()
  let unembeddings = Memo<RowCovariance>()
  private let read: @Sendable (EmbeddingStore, EmbeddingSpace) throws -> Matrix<Float>
  private let held = Mutex(Held())

  private struct Held {
    var rows: [StoredMatrix: Matrix<Float>] = [:]
    /// What each user will ask for.
    var expected: [String: Set<StoredMatrix>] = [:]
  }

  private struct StoredMatrix: Hashable {
    let store: String
    let space: EmbeddingSpace

    init(_ model: ModelSummary, _ space: EmbeddingSpace) {
      (store, self.space) = (model.storeIdentity, model.matrix(of: space))
    }
  }

  /// - Parameter read: reads a matrix whole.
  package init(
    read: @escaping @Sendable (EmbeddingStore, EmbeddingSpace) throws -> Matrix<Float> = {
      try $0.rows(of: $1)
    }
  ) {
    self.read = read
  }

  /// The matrix of a space, [vocabulary x d].
  package func rows(_ model: ModelSummary, _ space: EmbeddingSpace) throws -> Matrix<Float> {
    let matrix = StoredMatrix(model, space)
    if let rows = held.withLock({ $0.rows[matrix] }) { return rows }
    let rows = try read(EmbeddingStore.open(model.storePath), matrix.space)
    held.withLock { $0.rows[matrix] = rows }
    return rows
  }

  /// The covariance of a model's whole unembedding.
  func unembedding(_ model: ModelSummary) throws -> RowCovariance {
    try unembeddings.value(model.storeIdentity) { try RowCovariance(rows(model, .output)) }
  }

  /// Says beforehand that a user will ask for matrices, which are held until it has finished.
  package func expect(_ models: [ModelSummary], _ space: EmbeddingSpace, by user: String) {
    held.withLock { $0.expected[user] = Set(models.map { StoredMatrix($0, space) }) }
  }

  /// Lets go of all matrices that no other user expects.
  package func finish(_ user: String) {
    held.withLock { held in
      held.expected[user] = nil
      let expected = Set(held.expected.values.joined())
      held.rows = held.rows.filter { expected.contains($0.key) }
    }
  }
}

/// Values by name, each found when it is first asked for.
final class Memo<Value: Sendable>: Sendable {
  private let values = Mutex<[String: Value]>([:])

  /// - Parameter find: may ask for other values.
  func value(_ name: String, _ find: () throws -> Value) throws -> Value {
    if let value = values.withLock({ $0[name] }) { return value }
    let value = try find()
    values.withLock { $0[name] = value }
    return value
  }
}
