internal import Alignment
internal import LinearAlgebra
public import Statistics
public import Stores
internal import Tensors
internal import Tokenizers
internal import Training
internal import Transformers

/// What the pseudo-tokens of a model are near to among the tokens that it knows.
public struct PseudoTokenMeaning: Sendable, Equatable, Codable {
  /// Each of the K pseudo-tokens, averaged over items.
  public let places: [Place]
  /// The pseudo-tokens of some items, item by item and place by place.
  public let items: [Item]

  /// One of the K places.
  public struct Place: Sendable, Equatable, Codable {
    /// From 0.
    public let place: Int
    /// To the mean of the pseudo-token over items, nearest first.
    public let nearest: [NearToken]
    /// ‖mean over items of t / ‖t‖‖: 1 where the pseudo-token is the same for all items, so that it says nothing of them; near 0 where they
    /// point everywhere.
    public let sameness: Double
    /// The share of items among whose 5 nearest tokens at this place is the item's name; of the items whose name is one token.
    public let named: Evaluation
    /// The mean over items of the cosine of the pseudo-token and of what EMB2EMB's map makes of the item: the least-squares map
    /// of the training items whose names are tokens to those tokens' rows (``AdapterStart/emb2emb``).
    public let mapped: Evaluation
  }

  /// An item's pseudo-tokens.
  public struct Item: Sendable, Equatable, Codable {
    public let name: String
    /// Of each place.
    public let nearest: [[NearToken]]
  }

  /// A token near a vector.
  public struct NearToken: Sendable, Equatable, Codable {
    public let text: String
    public let cosine: Double
  }
}

extension EmbeddingLanguageModel {
  /// The nearest tokens of pseudo-tokens, by cosine to the model's token rows as they enter block 0.
  ///
  /// Cost: `items · K · vocabulary · d_model`.
  /// - Parameters:
  ///   - items: of the domain, of the test where the model's hearing is meant.
  ///   - training: items that EMB2EMB's map may be fitted on.
  ///   - shown: so many of them have their tokens listed, from the first on.
  ///   - k: tokens that are listed.
  /// - Precondition: an item or more.
  public func pseudoTokenMeaning(
    of items: [Int], in domain: Domain, training: [Int], shown: Int = 10, nearest k: Int = 5
  ) -> PseudoTokenMeaning {
    precondition(!items.isEmpty, "the meaning of no item's pseudo-tokens")
    let count = adapter.tokenCount
    let tokens = pseudoTokens(of: domain.vectors.selecting(rows: items)).unitRows
    var means = Matrix<Float>(rows: count, columns: tokens.columns, repeating: 0)
    for row in 0..<tokens.rows {
      for column in 0..<tokens.columns {
        means[row % count, column] += tokens[row, column] / Float(items.count)
      }
    }
    let sameness = (0..<count).map { row in
      means.row(row).reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    let found = nearestTokens(to: tokens, max(k, 5))
    let nearMeans = nearestTokens(to: means.unitRows, k)
    let shared = SharedTokens(domain, model, among: items)
    let named = Dictionary(uniqueKeysWithValues: zip(shared.items, shared.tokens))
    let mapped = Result { try mappedCosines(tokens, items, in: domain, training: training) }
    return PseudoTokenMeaning(
      places: (0..<count).map { place in
        let hits = items.indices.compactMap { index -> Double? in
          guard let token = named[items[index]] else { return nil }
          return found[index * count + place].prefix(5).contains { $0.token == token } ? 1 : 0
        }
        return PseudoTokenMeaning.Place(
          place: place, nearest: nearMeans[place].prefix(k).map(printed), sameness: sameness[place],
          named: wilsonMean(hits).map { .estimate($0) }
            ?? .notEvaluable(reason: "no item's name is one token"),
          mapped: mapped.evaluation { cosines in items.indices.map { cosines[$0 * count + place] } })
      },
      items: items.prefix(shown).enumerated().map { index, item in
        PseudoTokenMeaning.Item(
          name: domain.names[item],
          nearest: (0..<count).map { found[index * count + $0].prefix(k).map(printed) })
      })
  }

  /// Of every pseudo-token with the row that the map of shared words gives.
  private func mappedCosines(
    _ tokens: Matrix<Float>, _ items: [Int], in domain: Domain, training: [Int]
  ) throws -> [Double] {
    let one = Adapter(
      .linear, inputWidth: adapter.inputWidth, tokenCount: 1, modelWidth: adapter.modelWidth,
      norm: adapter.norm)
    let all = standardised(domain.vectors)
    let pairs = StartPairs(SharedTokens(domain, model, among: training), all, model)
    let map = try one.mapped(through: pairs, seed: record.seed)
    let rows = one.pseudoTokens(of: all.selecting(rows: items), at: map).unitRows
    return (0..<tokens.rows).map { row in
      Double(
        dot(
          tokens.elements.span.extracting(tokens.range(ofRow: row)),
          rows.elements.span.extracting(rows.range(ofRow: row / adapter.tokenCount))))
    }
  }

  private func printed(_ found: FoundToken) -> PseudoTokenMeaning.NearToken {
    .init(text: model.tokenizer.decode([found.token]), cosine: Double(found.cosine))
  }

  private typealias FoundToken = (cosine: Float, token: Int)

  /// - Parameter rows: of unit length.
  private func nearestTokens(to rows: Matrix<Float>, _ k: Int) -> [[FoundToken]] {
    var best = [[FoundToken]](repeating: [], count: rows.rows)
    let total = model.tokenizer.namedCount
    for start in stride(from: 0, to: total, by: 4096) {
      let ids = Array(start..<min(total, start + 4096))
      let products = multiply(rows, model.embed(ids).unitRows, transposingB: true)
      let before = best
      best = parallelMap(count: rows.rows, chunk: 16) { row in
        var list = before[row]
        for (place, id) in ids.enumerated() {
          let cosine = products[row, place]
          if list.count == k, cosine <= list[k - 1].cosine { continue }
          list.insert((cosine, id), at: list.firstIndex { $0.cosine < cosine } ?? list.count)
          if list.count > k { list.removeLast() }
        }
        return list
      }
    }
    return best
  }
}

extension Matrix<Float> {
  /// Rows of unit length; a zero row stays zero.
  fileprivate var unitRows: Matrix<Float> {
    var result = self
    for row in 0..<rows {
      let values = elements.span.extracting(range(ofRow: row))
      let norm = dot(values, values).squareRoot()
      guard norm > 0 else { continue }
      for index in range(ofRow: row) { result.elements[index] /= norm }
    }
    return result
  }
}

extension Result<[Double], any Error> {
  /// The mean of some of the numbers, or what went wrong.
  fileprivate func evaluation(_ chosen: ([Double]) -> [Double]) -> Evaluation {
    switch self {
    case .success(let values): .estimate(itemMean(chosen(values), Resampling()))
    case .failure(let error): .notEvaluable(reason: "\(error)")
    }
  }
}
