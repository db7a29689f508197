internal import Foundation
internal import Geometry
public import Stores
internal import Synchronization
public import Tensors
public import Tokenizers

/// Two models' rows of the tokens that both know, in the same order.
struct MatchedSpaces: Sendable {
  let a: Matrix<Float>
  let b: Matrix<Float>
  let pairs: [TokenPair]
  /// Pairs with a row that training has not told apart, or a copy; left out, or kept among `pairs` if that was asked for.
  let untrained: [TokenPair]
  let summary: MatchSummary
}

/// An embedding store in memory: one space of one model.
public struct Space: Sendable {
  public let store: EmbeddingStore
  public let tokens: [Token]
  public let rows: Matrix<Float>

  /// Reads one matrix of a store.
  public init(_ store: EmbeddingStore, _ space: EmbeddingSpace) throws {
    self.store = store
    tokens = try store.readTokens()
    rows = space == .output ? try store.readOutput() : try store.readInput()
  }
}

/// Finds the tokens that two models share and that pass the study's filter, and takes their rows.
///
/// - Parameters:
///   - vocabularies: of the two spaces.
///   - shared: rows of the first space that are used, or left out as untrained, whatever the filter says of this pair; nil
///     leaves it to the filter.
func matchedSpaces(
  _ a: Space, _ b: Space, _ vocabularies: (TokenRows, TokenRows), options: Study.TokenOptions,
  keeping shared: SharedRows? = nil
) -> MatchedSpaces {
  let (match, filtered) = filteredMatch(vocabularies.0, vocabularies.1, options)
  var (pairs, untrained) = (filtered.pairs, filtered.untrained)
  var rejected = Dictionary(uniqueKeysWithValues: filtered.rejected.map { ($0.key.rawValue, $0.value) })
  if let shared {
    let partners = Dictionary(uniqueKeysWithValues: match.pairs.map { ($0.rowA, $0) })
    pairs = shared.used.compactMap { partners[$0] }
    untrained = shared.untrained.compactMap { partners[$0] }
    rejected = ["notSharedByAll": match.pairs.count - pairs.count]
  }
  let sides = [match.sideA, match.sideB]
  let summary = MatchSummary(
    matched: match.pairs.count, sizes: sides.map(\.count), unmatched: sides.map(\.unmatched),
    collisions: sides.map(\.collisions.count), coverage: sides.map(\.coverage),
    reasons: Dictionary(uniqueKeysWithValues: match.countsByReason.map { ($0.key.rawValue, $0.value) }),
    rejected: rejected, used: pairs.count,
    untrained: [vocabularies.0, vocabularies.1].map { UntrainedSummary($0.untrained, $0.tokens) })
  return MatchedSpaces(
    a: a.rows.selecting(rows: pairs.map(\.rowA)), b: b.rows.selecting(rows: pairs.map(\.rowB)), pairs: pairs,
    untrained: untrained, summary: summary)
}

/// What a match and its filter look at in a space.
struct TokenRows: Sendable {
  let tokens: [Token]
  let norms: [Double]
  let untrained: UntrainedTokens

  init(_ space: Space, seed: UInt64) {
    (tokens, norms) = (space.tokens, rowNorms(space.rows))
    var options = UntrainedTokensOptions()
    options.seed = seed
    untrained = UntrainedTokens(space.rows, tokens: space.tokens, options)
  }
}

/// What matching looks at in each matrix, found once a run: untrained rows are looked for in whole vocabularies.
final class KeptTokenRows: Sendable {
  private let seed: UInt64
  private let found = Mutex<[String: TokenRows]>([:])

  init(seed: UInt64) { self.seed = seed }

  func rows(_ matrix: Space, _ space: EmbeddingSpace) throws -> TokenRows {
    try rows(of: matrix.store, space) { matrix }
  }

  /// - Parameter read: reads the matrix where it is needed.
  func rows(
    of store: EmbeddingStore, _ space: EmbeddingSpace, _ read: () throws -> Space
  ) throws -> TokenRows {
    let key = "\(store.identity) \(space.rawValue)"
    if let rows = found.withLock({ $0[key] }) { return rows }
    let rows = TokenRows(try read(), seed: seed)
    found.withLock { $0[key] = rows }
    return rows
  }
}

/// One model's rows of the tokens that all models share.
struct SharedRows {
  /// Those that are compared.
  let used: [Int]
  /// Those whose row, or another model's, no training has told apart, or is a copy: left out, or kept among the used ones.
  let untrained: [Int]

  /// One for each vocabulary, all in the same order.
  static func of(_ vocabularies: [TokenRows], options: Study.TokenOptions) -> [SharedRows] {
    var keeping = options
    keeping.untrained = .keep
    let used = sharedTokens(vocabularies, options: options)
    let all = options.untrained == .keep ? used : sharedTokens(vocabularies, options: keeping)
    let odd = all[0].indices.filter { token in
      zip(vocabularies, all).contains { $0.untrained.kinds[$1[token]] != nil }
    }
    return zip(used, all).map { used, all in SharedRows(used: used, untrained: odd.map { all[$0] }) }
  }
}

/// The rows of the tokens that every vocabulary shares with the first and that pass the filter there: one list a
/// vocabulary, all in the same order. Two vocabularies give what `matchedSpaces` gives.
///
/// - Precondition: at least one vocabulary.
func sharedTokens(_ vocabularies: [TokenRows], options: Study.TokenOptions) -> [[Int]] {
  let first = vocabularies[0]
  let partners = vocabularies.dropFirst().map { vocabulary in
    let pairs = filteredMatch(first, vocabulary, options).filtered.pairs
    return Dictionary(uniqueKeysWithValues: pairs.map { ($0.rowA, $0.rowB) })
  }
  let shared = first.tokens.indices.filter { row in partners.allSatisfy { $0[row] != nil } }
  return [shared] + partners.map { partner in shared.compactMap { partner[$0] } }
}

private func filteredMatch(
  _ a: TokenRows, _ b: TokenRows, _ options: Study.TokenOptions
) -> (match: TokenMatch, filtered: FilteredMatch) {
  let match = TokenMatch(a.tokens, b.tokens)
  var filter = TokenFilter()
  filter.lettersOnly = options.lettersOnly
  filter.wholeWords = options.wholeWords
  filter.keepsUntrained = options.untrained == .keep
  if options.minimumNormQuantile > 0 { filter.minimumNorm = .quantile(options.minimumNormQuantile) }
  return (
    match,
    filter.applied(
      to: match, vocabularyA: a.tokens, normsA: a.norms, normsB: b.norms,
      untrained: (a.untrained, b.untrained))
  )
}

/// (1/n) Σ cos(eᵢ, uᵢ) of a token's rows in the two matrices, without zero rows; O(n d). nil where no token has both.
func meanUnembeddingCosine(_ store: EmbeddingStore) throws -> Double? {
  let (input, output) = (try store.readInput(), try store.readOutput())
  let (normsIn, normsOut) = (rowNorms(input), rowNorms(output))
  let cosines: [Double] = parallelMap(count: input.rows, chunk: 1024) { row in
    let product = innerProduct(
      input.elements.span.extracting(input.range(ofRow: row)),
      output.elements.span.extracting(output.range(ofRow: row)))
    return product / (normsIn[row] * normsOut[row])
  }
  let defined = cosines.filter(\.isFinite)
  return defined.isEmpty ? nil : defined.reduce(0, +) / Double(defined.count)
}
