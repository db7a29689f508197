internal import Geometry
package import Stores
internal import Synchronization
package import Tensors

/// What the steps of a run share: a matrix is read once and held until its last user has finished, a vocabulary is searched
/// once, a pair matched once.
///
/// Of more matrices than the largest user asks for, those that are wanted last go and are read again, which takes a second a
/// gigabyte: a study of many models needs no more memory than its largest pair.
package final class Workspace: Sendable {
  /// By path.
  let models = Memo<ModelSummary>()
  /// By the step that finds them, as all that follow.
  let vocabularies = Memo<TokenRows>()
  let matches = Memo<PairMatch>()
  let sharedRows = Memo<[String: SharedRows]>()
  let unembeddings = Memo<RowCovariance>()
  private let read: @Sendable (EmbeddingStore, EmbeddingSpace) throws -> Matrix<Float>
  private let shelf: Mutex<Shelf>

  /// - Parameters:
  ///   - capacity: bytes of matrices that are held even where no user asks for so many.
  ///   - read: reads a matrix whole.
  package init(
    capacity: Int = 1 << 30,
    read: @escaping @Sendable (EmbeddingStore, EmbeddingSpace) throws -> Matrix<Float> = {
      try $0.rows(of: $1)
    }
  ) {
    self.read = read
    shelf = Mutex(Shelf(capacity: capacity))
  }

  /// The matrix of a space, [vocabulary x d].
  package func rows(_ model: ModelSummary, _ space: EmbeddingSpace) throws -> Matrix<Float> {
    let matrix = StoredMatrix(model, space)
    if let rows = shelf.withLock({ $0.rows[matrix] }) { return rows }
    // Before the reading, so that both never lie side by side.
    shelf.withLock { $0.makeRoom(for: matrix) }
    let rows = try read(EmbeddingStore.open(model.storePath), matrix.space)
    shelf.withLock { $0.hold(rows, as: matrix) }
    return rows
  }

  /// The covariance of a model's whole unembedding.
  func unembedding(_ model: ModelSummary) throws -> RowCovariance {
    try unembeddings.value(model.storeIdentity) { try RowCovariance(rows(model, .output)) }
  }

  /// Says beforehand that a user will ask for matrices, which are held until it has finished; users come in this order.
  package func expect(_ models: [ModelSummary], _ space: EmbeddingSpace, by user: String) {
    shelf.withLock { $0.expected.append((user, Set(models.map { StoredMatrix($0, space) }))) }
  }

  /// Lets go of all matrices that no other user expects.
  package func finish(_ user: String) { shelf.withLock { $0.finish(user) } }
}

/// A matrix of a store; a tied one stands for both spaces.
private struct StoredMatrix: Hashable {
  let store: String
  let space: EmbeddingSpace
  let bytes: Int

  init(_ model: ModelSummary, _ space: EmbeddingSpace) {
    (store, self.space) = (model.storeIdentity, model.matrix(of: space))
    bytes = model.vocabularySize * model.width * MemoryLayout<Float>.size
  }
}

/// The matrices that are held, and for whom.
private struct Shelf {
  let capacity: Int
  var rows: [StoredMatrix: Matrix<Float>] = [:]
  /// What each user will ask for, in the order in which they come.
  var expected: [(user: String, matrices: Set<StoredMatrix>)] = []

  init(capacity: Int) { self.capacity = capacity }

  mutating func finish(_ user: String) {
    expected.removeAll { $0.user == user }
    rows = rows.filter { matrix, _ in expected.contains { $0.matrices.contains(matrix) } }
  }

  /// Lets go of what is wanted last, as far as it does not fit beside a new matrix (Bélády 1966); of nothing that the first
  /// user asks for.
  mutating func makeRoom(for matrix: StoredMatrix) {
    let wantedLast = rows.keys.filter { next($0) > 0 }.sorted { next($0) > next($1) }
    for other in wantedLast where !fits(matrix) { rows[other] = nil }
  }

  /// Holds a matrix if there is room, or the first user asks for it.
  mutating func hold(_ elements: Matrix<Float>, as matrix: StoredMatrix) {
    if fits(matrix) || next(matrix) == 0 { rows[matrix] = elements }
  }

  private func fits(_ matrix: StoredMatrix) -> Bool {
    let limit = max(capacity, expected.map { bytes($0.matrices) }.max() ?? 0)
    return bytes(rows.keys) + matrix.bytes <= limit
  }

  private func bytes(_ matrices: some Sequence<StoredMatrix>) -> Int { matrices.reduce(0) { $0 + $1.bytes } }

  /// The number of the first user who asks for a matrix.
  private func next(_ matrix: StoredMatrix) -> Int {
    expected.firstIndex { $0.matrices.contains(matrix) } ?? expected.count
  }
}

/// Values by name, each found when it is first asked for.
package final class Memo<Value: Sendable>: Sendable {
  private let values = Mutex<[String: Value]>([:])

  package init() {}

  /// - Parameter find: may ask for other values.
  package func value(_ name: String, _ find: () throws -> Value) throws -> Value {
    if let value = values.withLock({ $0[name] }) { return value }
    let value = try find()
    values.withLock { $0[name] = value }
    return value
  }
}
