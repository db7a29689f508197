package import Geometry
internal import Statistics
internal import Stores
internal import Tensors
package import Tokenizers
package import Vocabularies

/// Two models' rows of the tokens that both know, in the same order.
struct MatchedSpaces: Sendable {
  let a: Matrix<Float>
  let b: Matrix<Float>
  let pairs: [TokenPair]
}

/// A vocabulary, and what its matrix says of it.
package struct TokenRows: Sendable {
  package let tokens: [Token]
  let findings: Findings

  /// What is found in the whole matrix.
  package struct Findings: Sendable, Codable {
    /// Of each row.
    let norms: [Double]
    let untrained: UntrainedTokens

    /// Cost: the search for untrained rows.
    init(_ tokens: [Token], _ rows: Matrix<Float>, _ options: UntrainedTokensOptions) {
      norms = rowNorms(rows)
      untrained = UntrainedTokens(rows, tokens: tokens, options)
    }
  }

  init(_ tokens: [Token], _ findings: Findings) { (self.tokens, self.findings) = (tokens, findings) }

  /// Cost: the search for untrained rows.
  init(_ tokens: [Token], _ rows: Matrix<Float>, seed: UInt64) {
    self.init(tokens, Findings(tokens, rows, .seeded(seed)))
  }

  var norms: [Double] { findings.norms }
  package var untrained: UntrainedTokens { findings.untrained }
}

/// The tokens that two models share and that pass the filter.
package struct PairMatch: Sendable {
  package let pairs: [TokenPair]
  /// Pairs with a row that training has not told apart, or a copy; left out, or kept among `pairs` if that was asked for.
  let untrained: [TokenPair]
  let summary: MatchSummary

  /// - Parameter shared: rows of the first vocabulary that are used, or left out as untrained, whatever the filter says of
  ///   this pair; nil leaves it to the filter.
  init(_ a: TokenRows, _ b: TokenRows, _ options: MatchOptions, keeping shared: SharedRows? = nil) {
    let (match, filtered) = filteredMatch(a, b, options)
    var (pairs, untrained) = (filtered.pairs, filtered.untrained)
    var rejected = Dictionary(uniqueKeysWithValues: filtered.rejected.map { ($0.key.rawValue, $0.value) })
    if let shared {
      let partners = Dictionary(uniqueKeysWithValues: match.pairs.map { ($0.rowA, $0) })
      pairs = shared.used.compactMap { partners[$0] }
      untrained = shared.untrained.compactMap { partners[$0] }
      rejected = ["notSharedByAll": match.pairs.count - pairs.count]
    }
    let sides = [match.sideA, match.sideB]
    (self.pairs, self.untrained) = (pairs, untrained)
    summary = MatchSummary(
      matched: match.pairs.count, sizes: sides.map(\.count), unmatched: sides.map(\.unmatched),
      collisions: sides.map(\.collisions.count), coverage: sides.map(\.coverage),
      reasons: Dictionary(uniqueKeysWithValues: match.countsByReason.map { ($0.key.rawValue, $0.value) }),
      rejected: rejected, used: pairs.count,
      untrained: [a, b].map { UntrainedSummary($0.untrained, $0.tokens) })
  }
}

extension PairMatch: Codable {
  /// Columns: an object a pair would take longer to read than the match to find.
  private struct Kept: Codable {
    let pairs: MatchTable
    let untrained: MatchTable
    let summary: MatchSummary
  }

  package init(from decoder: any Decoder) throws {
    let kept = try Kept(from: decoder)
    (pairs, untrained) = (try kept.pairs.pairs(), try kept.untrained.pairs())
    summary = kept.summary
  }

  package func encode(to encoder: any Encoder) throws {
    try Kept(pairs: MatchTable(pairs), untrained: MatchTable(untrained), summary: summary).encode(to: encoder)
  }
}

extension MatchTable {
  init(_ pairs: [TokenPair]) {
    let reasons = MatchReason.allCases
    self.init(
      rowsA: pairs.map { Int32($0.rowA) }, rowsB: pairs.map { Int32($0.rowB) },
      reasons: pairs.map { UInt8(reasons.firstIndex(of: $0.reason) ?? 0) },
      reasonNames: reasons.map(\.rawValue))
  }

  /// - Throws: `DecodingError` for a reason that is none.
  fileprivate func pairs() throws -> [TokenPair] {
    let known = reasonNames.map { MatchReason(rawValue: $0) }
    return try zip(zip(rowsA, rowsB), reasons).map { rows, index in
      guard known.indices.contains(Int(index)), let reason = known[Int(index)] else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: [], debugDescription: "\(index) is no reason of a match"))
      }
      return TokenPair(rowA: Int(rows.0), rowB: Int(rows.1), reason: reason)
    }
  }
}

extension Steps {
  /// The vocabulary of a matrix.
  package func vocabulary(
    _ model: ModelSummary, _ space: EmbeddingSpace, keep: Keep<TokenRows.Findings> = { try $1() }
  ) throws -> TokenRows {
    let fingerprint = try vocabularyStep(model, space)
    return try workspace.vocabularies.value(fingerprint.sha256) {
      let tokens = try EmbeddingStore.open(model.storePath).readTokens()
      let findings = try keep(fingerprint) {
        TokenRows.Findings(tokens, try workspace.rows(model, space), .seeded(options.seed))
      }
      return TokenRows(tokens, findings)
    }
  }

  /// The compared tokens of two models.
  ///
  /// - Throws: `WorkflowError.tooFewTokens`.
  package func match(
    _ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace, keep: Keep<PairMatch> = { try $1() }
  ) throws -> PairMatch {
    let fingerprint = try matchStep(a, b, space)
    let match = try workspace.matches.value(fingerprint.sha256) {
      try keep(fingerprint) {
        PairMatch(
          try vocabulary(a, space), try vocabulary(b, space), options.tokens,
          keeping: options.tokens.sharedByAll ? try sharedRows(space)[a.name] : nil)
      }
    }
    let needed = leastTokens
    guard match.pairs.count >= needed else {
      throw WorkflowError.tooFewTokens(pair: "\(a.name)--\(b.name)", count: match.pairs.count, needed: needed)
    }
    return match
  }

  /// The rows of the compared tokens, in either direction.
  func matched(_ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace) throws -> MatchedSpaces {
    let (first, second) = inOrder(a, b)
    var pairs = try match(first, second, space).pairs
    if first.name != a.name {
      pairs = pairs.map { TokenPair(rowA: $0.rowB, rowB: $0.rowA, reason: $0.reason) }
      // Tokens shared by all stand in the order of the first model, whichever the pair.
      if !options.tokens.sharedByAll { pairs.sort { $0.rowA < $1.rowA } }
    }
    return MatchedSpaces(
      a: try workspace.rows(a, space).selecting(rows: pairs.map(\.rowA)),
      b: try workspace.rows(b, space).selecting(rows: pairs.map(\.rowB)), pairs: pairs)
  }

  /// Two models in their order: their match is found this way, and is the same the other way.
  func inOrder(_ a: ModelSummary, _ b: ModelSummary) -> (ModelSummary, ModelSummary) {
    guard let first = models.firstIndex(of: a.name), let second = models.firstIndex(of: b.name) else {
      return (a, b)
    }
    return second < first ? (b, a) : (a, b)
  }

  /// The models whose vocabularies decide which tokens of a pair are compared.
  package func matchedModels(_ a: ModelSummary, _ b: ModelSummary) throws -> [ModelSummary] {
    options.tokens.sharedByAll ? try allModels() : [a, b]
  }

  /// What each step depends on where tokens are shared by all: their stores are opened once a run.
  func allModels() throws -> [ModelSummary] {
    try models.map { name in
      let path = storePath(name)
      return try workspace.models.value(path) { ModelSummary((name, try EmbeddingStore.open(path))) }
    }
  }

  /// Of the tokens that all models share, by model.
  private func sharedRows(_ space: EmbeddingSpace) throws -> [String: SharedRows] {
    let models = try allModels()
    return try workspace.sharedRows.value(sharedTokensFingerprint(models, space).sha256) {
      let vocabularies = try models.map { try vocabulary($0, space) }
      return Dictionary(
        uniqueKeysWithValues: zip(models.map(\.name), SharedRows.of(vocabularies, options: options.tokens)))
    }
  }
}

/// One model's rows of the tokens that all models share.
struct SharedRows: Sendable {
  /// Those that are compared.
  let used: [Int]
  /// Those whose row, or another model's, no training has told apart, or is a copy: left out, or kept among the used ones.
  let untrained: [Int]

  /// One for each vocabulary, all in the same order.
  static func of(_ vocabularies: [TokenRows], options: MatchOptions) -> [SharedRows] {
    var keeping = options
    keeping.untrained = .keep
    let used = sharedTokenRows(vocabularies, options: options)
    let all = options.untrained == .keep ? used : sharedTokenRows(vocabularies, options: keeping)
    let odd = all[0].indices.filter { token in
      zip(vocabularies, all).contains { $0.untrained.kinds[$1[token]] != nil }
    }
    return zip(used, all).map { used, all in SharedRows(used: used, untrained: odd.map { all[$0] }) }
  }
}

/// The rows of the tokens that every vocabulary shares with the first and that pass the filter there: one list a
/// vocabulary, all in the same order. Two vocabularies give what ``PairMatch`` gives.
///
/// - Precondition: at least one vocabulary.
func sharedTokenRows(_ vocabularies: [TokenRows], options: MatchOptions) -> [[Int]] {
  let first = vocabularies[0]
  let partners = vocabularies.dropFirst().map { vocabulary in
    let pairs = filteredMatch(first, vocabulary, options).filtered.pairs
    return Dictionary(uniqueKeysWithValues: pairs.map { ($0.rowA, $0.rowB) })
  }
  let shared = first.tokens.indices.filter { row in partners.allSatisfy { $0[row] != nil } }
  return [shared] + partners.map { partner in shared.compactMap { partner[$0] } }
}

private func filteredMatch(
  _ a: TokenRows, _ b: TokenRows, _ options: MatchOptions
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
      untrained: (a.untrained.rejections, b.untrained.rejections))
  )
}

extension UntrainedTokensOptions {
  /// The standard search with this seed.
  static func seeded(_ seed: UInt64) -> UntrainedTokensOptions {
    var options = UntrainedTokensOptions()
    options.seed = seed
    return options
  }
}
