package import Foundation
package import Geometry
internal import Stores
internal import Synchronization
internal import Tensors
internal import Tokenizers

extension MeasureOptions {
  /// As the steps have them; what the tokens keep together is not in it.
  package init(_ options: StepOptions) {
    self.init()
    neighbours = options.compare.neighbours
    dimensionNeighbours = options.compare.dimensionNeighbours
    dimensionTokens = options.compare.dimensionTokens
    if options.compare.also.contains(.allPairRanks) { spearman = .exact }
    resampling.seed = options.seed
  }
}

extension Steps {
  /// Every measure of a pair in one space, gauge by gauge.
  ///
  /// Rows are selected when the first measure asks for them; the whole matrices are gone before it begins.
  /// - Parameters:
  ///   - store: where findings are kept.
  ///   - keep: how the headline measures with or without untrained tokens are kept.
  package func compared(
    _ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace, _ relations: RelationFile?,
    findings store: some FindingStore,
    untrained keep: Keep<UntrainedEffect.Headline?> = { try $1() }
  ) throws -> PairResult {
    let match = try match(a, b, space)
    let headline = try keep(untrainedStep(a, b, space)) { try untrainedHeadline(a, b, space, match) }
    let (vocabularyA, vocabularyB) = (try vocabulary(a, space).tokens, try vocabulary(b, space).tokens)
    let tokens = match.pairs.map { (a: vocabularyA[$0.rowA], b: vocabularyB[$0.rowB]) }
    let structure = TokenStructure(tokens.map(\.a), isStratified: options.compare.isStratified)
    var options = MeasureOptions(self.options)
    options.resampling = options.resampling.keeping(structure)
    options.relations = relations
    let readings = Measures.readings(also: self.options.compare.also)
    let pair = Once {
      let rows = try matched(a, b, space)
      // The causal inner product is that of the whole unembedding, not of the tokens that are compared.
      let causal = readings.contains { $0.gauge == .causal }
      let covariances = causal ? try [a, b].map(workspace.unembedding) : []
      workspace.finish(pairName(a.name, b.name, space))
      func side(
        _ model: ModelSummary, _ rows: Matrix<Float>, _ tokens: [Token], _ numbers: [Int],
        _ covariance: RowCovariance?
      ) throws -> SpaceBench {
        let graphs = KeptNeighbours(
          try EmbeddingStore.open(model.storePath), name: model.name, space: space, rows: numbers, warn: warn)
        return SpaceBench(
          model.name, rows, tokens: tokens, ranks: numbers, graphs: graphs, unembedding: covariance)
      }
      let pair = PairBench(
        try side(a, rows.a, tokens.map(\.a), match.pairs.map(\.rowA), covariances.first),
        try side(b, rows.b, tokens.map(\.b), match.pairs.map(\.rowB), covariances.last), options)
      pair.expect(readings)
      return pair
    }
    // A model beside itself has another name, since numbers are told apart by name.
    var findings = Findings(a.name, b.name == a.name ? "\(b.name) again" : b.name, options)
    for gauge in Gauge.allCases {
      for reading in readings where reading.gauge == gauge {
        try findings.take(reading, of: { try pair.value }, keptIn: store)
      }
      pair.made?.with(gauge).drop()
    }
    return PairResult(
      a: a.name, b: b.name, space: space, match: match.summary, structure: TokenStructureSummary(structure),
      findings: findings, alignments: [], untrained: untrainedEffect(of: match, beside: headline, findings))
  }
}

/// The findings of one pair as steps, each kept in a file.
package final class KeptFindings: FindingStore {
  private let name: String
  private let cache: StepCache
  private let begun = Begun()
  private let progress: (String) -> Void
  private let fingerprint: (Reading) throws -> Fingerprint
  private var seconds = 0.0

  /// Whether something had to be measured.
  private final class Begun: Sendable {
    let isTrue = Mutex(false)
  }

  /// - Parameters:
  ///   - pair: its name.
  ///   - folder: where they are kept.
  ///   - steps: told once whether something is measured.
  ///   - fingerprint: what a reading depends on.
  package init(
    _ pair: String, in folder: URL, _ steps: Steps,
    fingerprint: @escaping (Reading) throws -> Fingerprint
  ) {
    let name = "compare/\(pair)"
    (self.name, progress, self.fingerprint) = (name, steps.progress, fingerprint)
    cache = StepCache(folder: folder) { [begun] step, fate in
      guard fate != .reused else { return }
      if case .damaged(let reason) = fate { steps.warn(reason) }
      let isFirst = begun.isTrue.withLock { isTrue in
        defer { isTrue = true }
        return !isTrue
      }
      guard isFirst else { return }
      var why = ""
      if case .done(let changes) = fate, !changes.isEmpty {
        why = " (\(step.dropFirst(name.count + 1)): \(changes.joined(separator: ", ")))"
      }
      steps.progress("\(name) …\(why)")
    }
  }

  package func finding<Finding: Codable & Sendable>(
    of reading: Reading, _ measure: () throws -> Finding
  ) throws -> Finding {
    let step = try cache.step(fingerprint(reading), measure)
    seconds += step.seconds
    return step.result
  }

  /// The seconds that all findings took.
  package func finish() -> Double {
    if !begun.isTrue.withLock({ $0 }) { progress("\(name): done before, reused") }
    return seconds
  }
}
