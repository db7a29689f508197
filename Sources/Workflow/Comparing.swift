internal import Files
package import Foundation
package import Geometry
internal import Statistics
internal import Stores
internal import Tensors
internal import Tokenizers
package import Vocabularies

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
    let (vocabularyA, vocabularyB) = (try vocabulary(a, space), try vocabulary(b, space))
    let tokens = match.pairs.map { (a: vocabularyA.tokens[$0.rowA], b: vocabularyB.tokens[$0.rowB]) }
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
    var shares = shares(of: readings, a, b, tokens: match.pairs.count)[...]
    let progress = JobProgress.current
    for gauge in Gauge.allCases {
      for reading in readings where reading.gauge == gauge {
        try progress.part(shares.removeFirst(), reading.name) {
          try findings.take(reading, of: { try pair.value }, keptIn: store)
        }
      }
      pair.made?.with(gauge).drop()
    }
    return PairResult(
      a: a.name, b: b.name, space: space, match: match.summary, structure: TokenStructureSummary(structure),
      tokens: MatchedTokens(
        match, vocabularyA, vocabularyB, stores: (a.reference, b.reference),
        leavesOutUntrained: leavesOutUntrained),
      findings: findings, alignments: [], untrained: untrainedEffect(of: match, beside: headline, findings))
  }
}

extension Steps {
  /// What share of the comparison each reading is, in the order of the gauges, by what it costs.
  private func shares(
    of readings: [Reading], _ a: ModelSummary, _ b: ModelSummary, tokens: Int
  ) -> [ClosedRange<Double>] {
    let sizes = PairSizes(
      ModelSize(rows: a.vocabularySize, width: a.width), ModelSize(rows: b.vocabularySize, width: b.width),
      tokens: tokens)
    let ordered = Gauge.allCases.flatMap { gauge in readings.filter { $0.gauge == gauge } }
    // Those without a formula count like a graph of one space.
    let usual = Double(tokens) * Double(tokens) * Double(a.width)
    let costs = ordered.map { max(options.cost(of: $0, sizes)?.multiplications ?? usual, 1) }
    let whole = costs.reduce(0, +)
    var done = 0.0
    return costs.map { cost in
      let start = done / whole
      done += cost
      return start...max(start, done / whole)
    }
  }
}

/// The findings of one pair as steps, each kept in a file.
package struct KeptFindings: FindingStore {
  private let parts: KeptParts
  private let fingerprint: (Reading) throws -> Fingerprint

  /// - Parameters:
  ///   - pair: its name.
  ///   - folder: where they are kept.
  ///   - steps: warned of findings that cannot be used.
  ///   - fingerprint: what a reading depends on.
  package init(
    _ pair: String, in folder: URL, _ steps: Steps,
    fingerprint: @escaping (Reading) throws -> Fingerprint
  ) {
    parts = KeptParts("compare/\(pair)", in: folder, warn: steps.warn)
    self.fingerprint = fingerprint
  }

  package func finding<Finding: Codable & Sendable>(
    of reading: Reading, _ measure: () throws -> Finding
  ) throws -> Finding {
    try parts.part(fingerprint(reading), measure)
  }

  /// The seconds that all findings took.
  package func finish() -> Double { parts.finish() }
}
