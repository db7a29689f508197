import Foundation
import Geometry
import Statistics
import Tensors
import Testing
import Tokenizers
import Vocabularies

/// Two spaces of ninety words, quickly measured.
private struct Pair {
  static let count = 90
  let words: [String]
  let tokens: [Token]
  let rows: (a: Matrix<Float>, b: Matrix<Float>)
  var options = MeasureOptions()

  init(seed: UInt64 = 1) {
    words = (0..<Self.count).map { letters($0) }
    tokens = words.enumerated().map { id, word in
      Token(id: id, form: " " + word, bytes: Array((" " + word).utf8), kind: .normal)
    }
    let shared = gaussian(Self.count, 6, seed: seed, shift: 0.5)
    var (a, b) = (gaussian(Self.count, 6, seed: seed + 1), gaussian(Self.count, 6, seed: seed + 2))
    for i in shared.elements.indices {
      a.elements[i] += 2 * shared.elements[i]
      b.elements[i] += 2 * shared.elements[i]
    }
    rows = (a, b)
    (options.neighbours, options.dimensionNeighbours, options.dimensionTokens) = (5, 20, 30)
    options.spearman = .sampled(pairs: 500)
    (options.resampling.bootstrapSamples, options.resampling.permutations) = (10, 9)
    (options.resampling.halfSplits, options.linear.permutations) = (4, 3)
    options.resampling.groups = TokenGroups((0..<Self.count).map { $0 / 2 })
  }

  func bench(graphs: any GraphStore = SearchedGraphs()) throws -> PairBench {
    let unembedding = try RowCovariance(gaussian(70, 6, seed: 9))
    func space(_ name: String, _ rows: Matrix<Float>) -> SpaceBench {
      SpaceBench(
        name, rows, tokens: tokens, ranks: Array((0..<Self.count).reversed()), graphs: graphs,
        unembedding: unembedding)
    }
    return PairBench(space("one", rows.a), space("two", rows.b), options)
  }
}

@Suite struct MeasuresTests {
  /// Two matrices in memory, in every gauge that they have, without tokens, files or a study.
  @Test func twoMatricesAreCompared() throws {
    var options = MeasureOptions()
    options.dimensionNeighbours = 20
    let pair = PairBench(
      SpaceBench("a", gaussian(90, 6, seed: 1)), SpaceBench("b", gaussian(90, 7, seed: 2)), options)
    let numbers = try compare(pair).measured
    #expect(numbers.count { $0.task == "centred" } == 7)
    let overlap = try #require(numbers.first { $0.task == "centred" && $0.key == "mutual_knn" })
    #expect(overlap.title == "mutual 10-NN overlap" && overlap.isHeadline)
    let (x, y) = (try pair.a.graph(in: .centred, k: 50), try pair.b.graph(in: .centred, k: 50))
    #expect(overlap.evaluation == MutualNeighbours(x, y, k: 10).overlap)
    #expect(numbers.contains { $0.task == "intrinsic_dimension/b" && $0.key == "two_nn" && $0.model == "b" })
    #expect(numbers.contains { $0.title == "a rebuilt with b's LLE weights, R²" && $0.aside != nil })
  }

  /// Six cosine graphs and a Euclidean one of each space, whatever is measured of them.
  @Test func allGroupsTakeEachGraphOnce() throws {
    let graphs = CountingGraphs()
    let found = try compare(try Pair().bench(graphs: graphs), also: MeasureGroup.allCases)
    #expect(
      graphs.searches.sorted()
        == (Gauge.allCases.map { "cosine \($0) \($0 == .raw ? 50 : $0.isPlain ? 35 : 5)" }
        + ["euclidean raw 80"]).flatMap { [$0, $0] }.sorted())
    for measure in Measures.all { #expect(found.readings.contains { $0.measure == measure }) }
    let names = found.measured.map { "\($0.task)/\($0.key)" }
    #expect(Set(names).count == names.count)
  }

  @Test func namesAreUniqueAndKnownBeforehand() throws {
    #expect(Set(Measures.all.map { $0.name }).count == Measures.all.count)
    let pair = Pair()
    let readings = Measures.readings(also: MeasureGroup.allCases)
    #expect(Set(readings.map(\.name)).count == readings.count)
    let known = readings.flatMap { $0.metrics("one", "two", pair.options) }.map { "\($0.task)/\($0.key)" }
    #expect(Set(known).count == known.count)
    let found = try compare(pair.bench(), also: MeasureGroup.allCases)
    #expect(found.measured.allSatisfy { known.contains("\($0.task)/\($0.key)") })
    #expect(known.contains("classes/wordStart/two/dimension") && known.contains("coherence/one/mean"))
  }

  /// Groups are of the list alone: in any order, and the others are as they were.
  @Test func aGroupMoreLeavesTheOthersAsTheyWere() throws {
    let (few, all) = (
      try compare(Pair().bench(), also: [.isotropy]),
      try compare(Pair().bench(), also: MeasureGroup.allCases.reversed())
    )
    func numbers(_ findings: Findings) -> [String: Evaluation] {
      Dictionary(uniqueKeysWithValues: findings.measured.map { ("\($0.task)/\($0.key)", $0.evaluation) })
    }
    let (before, after) = (numbers(few), numbers(all))
    #expect(before.count < after.count)
    for (name, evaluation) in before { #expect(after[name] == evaluation, "\(name)") }
    #expect(
      Measures.readings(also: [.gauges, .isotropy]).map(\.name)
        == Measures.readings(also: [.isotropy, .gauges]).map(\.name))
  }

  /// A finding is kept by the options that its measure declares: all others must leave it as it is.
  @Test(arguments: Measures.all.indices)
  func undeclaredOptionsDoNotMatter(index: Int) throws {
    let (measure, base) = (Measures.all[index], Pair())
    for gauge in measure.gauges {
      let before = try finding(measure, base.bench().with(gauge))
      for field in MeasureOptions.Field.allCases where !measure.depends.contains(field) {
        var other = base
        other.options = try base.options.changing(field, words: base.words)
        #expect(
          try finding(measure, other.bench().with(gauge)) == before,
          "\(measure.name) depends on \(field) and does not say so")
      }
    }
  }

  /// The finding as JSON, which is what is kept.
  private func finding(_ measure: any Measure.Type, _ pair: PairBench) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return switch measure {
    case let measure as any PairMeasure.Type: try encoder.encode(measure.measure(pair))
    case let measure as any SpaceMeasure.Type: try encoder.encode(measure.measure(pair.view(.first)))
    default: Data()
    }
  }

  /// What is found before is taken up, and what uses it declares so.
  @Test func earlierFindingsAreTakenUp() throws {
    let pair = try Pair().bench()
    var findings = Findings("one", "two", pair.options)
    let readings = Measures.readings(also: [.tokenProfiles], gauges: [.raw])
    for reading in readings { try findings.take(reading, of: { pair }, keptIn: MeasuredFindings()) }
    let agreement = try #require(findings(IntrinsicDimensionAgreement.self))
    #expect(agreement == (try IntrinsicDimensionAgreement.measure(pair)))
    for (position, reading) in readings.enumerated() {
      for used in reading.measure.uses {
        #expect(readings[..<position].contains { $0.measure == used }, "\(reading.name) before \(used.name)")
      }
    }
    // A reading that is kept asks for no spaces.
    struct Kept: FindingStore {
      let findings: Findings
      func finding<Finding: Codable & Sendable>(
        of reading: Reading, _ measure: () throws -> Finding
      ) throws -> Finding { try #require(findings(CKA.self) as? Finding) }
    }
    struct Asked: Error {}
    var again = Findings("one", "two", pair.options)
    let cka = try #require(readings.first { $0.measure == CKA.self })
    try again.take(cka, of: { throw Asked() }, keptIn: Kept(findings: findings))
    #expect(again(CKA.self) == findings(CKA.self))
    #expect(throws: Asked.self) {
      try again.take(cka, of: { throw Asked() }, keptIn: MeasuredFindings())
    }
  }

  @Test func findingsAreWrittenByName() throws {
    let pair = try Pair().bench()
    var findings = Findings("one", "two", pair.options)
    let cka = try #require(Measures.readings(also: [], gauges: [.centred]).first { $0.measure == CKA.self })
    try findings.take(cka, of: { pair }, keptIn: MeasuredFindings())
    let json = try JSONDecoder().decode([String: CKA].self, from: JSONEncoder().encode(findings))
    #expect(try json == ["cka/centred": #require(findings(CKA.self, in: .centred))])
  }
}

extension MeasureOptions {
  /// Another value of one option.
  fileprivate func changing(_ field: Field, words: [String]) throws -> MeasureOptions {
    var options = self
    switch field {
    case .neighbours: options.neighbours = 7
    case .dimensionNeighbours: options.dimensionNeighbours = 25
    case .dimensionTokens: options.dimensionTokens = 40
    case .spearman: options.spearman = .sampled(pairs: 600)
    case .linear: options.linear.shapeAlphas = [1]
    case .seed: options.resampling.seed = 2
    case .strata: options.resampling.strata = TokenGroups(words.indices.map { $0 % 3 })
    case .relations:
      let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).tsv")
      defer { try? FileManager.default.removeItem(at: file) }
      try Data(words.dropFirst().map { "\(words[0])\t\($0)\n" }.joined().utf8).write(to: file)
      options.relations = try RelationFile(path: file.path)
    }
    return options
  }
}
