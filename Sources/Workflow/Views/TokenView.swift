public import Geometry
public import Stores
internal import Tensors
internal import Tokenizers
internal import Vocabularies

/// How one token is looked at.
public struct TokenViewOptions: Sendable, Equatable {
  /// Neighbours that are shown, 2 or more.
  public var neighbours = 10
  /// Neighbours of the local PCA; capped at the number of tokens.
  public var dimensionNeighbours = 1200
  /// What is done to the space before cosines are taken.
  public var normalisation = Gauge.raw
  /// Only tokens made of letters can be neighbours.
  public var lettersOnly = true

  public init() {}
}

/// One token in several models: its nearest neighbours, the weights that rebuild it from them (LLE), and how many
/// directions its neighbourhood spreads into.
///
/// Neighbours are looked for among the tokens that all models have, so that "shared" means something. With one
/// model that is its own vocabulary.
public struct TokenView: Sendable, Codable, Equatable {
  /// A near token.
  public struct Neighbour: Sendable, Codable, Equatable {
    /// With `▁` for the start of a word.
    public let token: String
    public let cosine: Double
    /// Locally linear weight; those of one model sum to 1.
    public let weight: Double
    /// Whether it is among the nearest in every model.
    public let isShared: Bool
  }

  /// The token's surroundings in one model.
  public struct Surroundings: Sendable, Codable, Equatable {
    public let model: String
    /// The token's row in the store.
    public let row: Int
    /// Nearest first.
    public let neighbours: [Neighbour]
    /// Error of the rebuilt row, relative to the neighbours' mean; `nil` where that mean is the row itself.
    public let relativeError: Double?
    /// Components for 95 % of the variance of `dimensionNeighbours` neighbours.
    public let dimension: Int
    public let dimensionNeighbours: Int
  }

  public let token: String
  /// Tokens that could be neighbours.
  public let candidates: Int
  public let models: [Surroundings]

  /// Looks `text` up in every store: as it is, then, where a model lacks that, as the start of a word.
  ///
  /// Cost: reads the input embeddings; O(n d) a model, and one local PCA.
  /// - Parameter text: the token's text; a leading space or `▁` marks the start of a word.
  /// - Throws: `WorkflowError.option` for a text that is not one token of every model, `StoreError`, `GeometryError`.
  /// - Precondition: at least one store.
  public init(
    of text: String, in stores: [(name: String, store: EmbeddingStore)],
    options: TokenViewOptions = TokenViewOptions()
  ) throws {
    let vocabularies = try stores.map { try Vocabulary($0.name, $0.store, options) }
    let form = try Self.form(of: text, in: vocabularies)
    var pool = Set(vocabularies[0].rows.keys)
    for vocabulary in vocabularies.dropFirst() { pool.formIntersection(vocabulary.rows.keys) }
    pool.insert(form)
    let forms = pool.sorted { vocabularies[0].order($0) < vocabularies[0].order($1) }
    let query = forms.firstIndex(of: form) ?? 0
    let found = try vocabularies.map { vocabulary in
      try Near(vocabulary, forms: forms, query: query, options)
    }
    var shared = Set(found[0].positions)
    for near in found.dropFirst() { shared.formIntersection(near.positions) }
    token = form.description
    candidates = forms.count - 1
    models = found.map { near in
      Surroundings(
        model: near.model, row: near.row,
        neighbours: near.positions.indices.map { index in
          Neighbour(
            token: forms[near.positions[index]].description, cosine: Double(near.cosines[index]),
            weight: Double(near.weights[index]),
            isShared: found.count > 1 && shared.contains(near.positions[index]))
        }, relativeError: near.relativeError, dimension: near.dimension,
        dimensionNeighbours: near.dimensionNeighbours)
    }
  }

  private static func form(of text: String, in vocabularies: [Vocabulary]) throws -> CanonicalForm {
    let plain = text.hasPrefix("▁") ? " " + text.dropFirst() : text
    let spellings = plain.hasPrefix(" ") ? [plain] : [plain, " " + plain]
    let forms = spellings.compactMap {
      CanonicalForm(Token(id: 0, form: $0, bytes: Array($0.utf8), kind: .normal))
    }
    if let form = forms.first(where: { form in vocabularies.allSatisfy { $0.all[form] != nil } }) {
      return form
    }
    let lacking = vocabularies.filter { vocabulary in !forms.contains { vocabulary.all[$0] != nil } }
    throw WorkflowError.option(
      of: (lacking.isEmpty ? vocabularies : lacking).map(\.name).joined(separator: ", "), name: "token",
      expected: "a text that is one token of every model", actual: text.debugDescription)
  }
}

/// A store's tokens by canonical form.
private struct Vocabulary {
  let name: String
  let store: EmbeddingStore
  /// Lowest row of every form.
  let all: [CanonicalForm: Int]
  /// Forms that can be neighbours.
  let rows: [CanonicalForm: Int]

  init(_ name: String, _ store: EmbeddingStore, _ options: TokenViewOptions) throws {
    self.name = name
    self.store = store
    let tokens = try store.readTokens()
    let match = TokenMatch(tokens, tokens)
    var filter = TokenFilter()
    filter.lettersOnly = options.lettersOnly
    let blank = [Double](repeating: 1, count: tokens.count)
    let kept = filter.applied(to: match, vocabularyA: tokens, normsA: blank, normsB: blank)
    func forms(_ rows: [Int]) -> [CanonicalForm: Int] {
      Dictionary(
        rows.compactMap { row in CanonicalForm(tokens[row]).map { ($0, row) } }, uniquingKeysWith: min)
    }
    all = forms(match.rowsA)
    rows = forms(kept.rowsA)
  }

  func order(_ form: CanonicalForm) -> Int { all[form] ?? .max }
}

/// The nearest candidates of one token in one model; positions are those of the candidates' list.
private struct Near {
  let model: String
  let row: Int
  let positions: [Int]
  let cosines: ArraySlice<Float>
  let weights: [Float]
  let relativeError: Double?
  let dimension: Int
  let dimensionNeighbours: Int

  init(_ vocabulary: Vocabulary, forms: [CanonicalForm], query: Int, _ options: TokenViewOptions) throws {
    model = vocabulary.name
    row = vocabulary.order(forms[query])
    let matrix = try options.normalisation.applied(
      to: try vocabulary.store.readInput().selecting(rows: forms.map { vocabulary.order($0) }))
    let graph = try Neighbours.graph(of: matrix, queries: [query], k: options.neighbours)
    let linear = LocallyLinearWeights(matrix, graph)
    positions = graph.indices.map(Int.init)
    cosines = graph.similarities[...]
    weights = linear.weights
    relativeError = linear.relativeErrors.first ?? nil
    var local = IntrinsicDimensionOptions()
    local.k = max(2, min(options.dimensionNeighbours, matrix.rows - 1))
    dimensionNeighbours = local.k
    dimension = try IntrinsicDimension.local(matrix, queries: [query], local).first ?? 0
  }
}
