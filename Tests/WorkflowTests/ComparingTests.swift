import Foundation
import Geometry
import Reports
import Stores
import Studies
import Tensors
import Testing

@Suite struct ComparingTests {
  /// Six clusters of twenty words; two stores that agree on them.
  private struct Clusters {
    static let count = 120
    let stores: TinyStores
    var pair: StorePair

    init() throws {
      stores = try TinyStores()
      var random = SeededRandom(seed: 5)
      let centres = normalMatrix(6, 8, &random)
      func rows() -> Matrix<Float> {
        var rows = normalMatrix(Self.count, 8, &random)
        for row in 0..<Self.count {
          for column in 0..<8 { rows[row, column] = 4 * centres[row / 20, column] + rows[row, column] }
        }
        return rows
      }
      let texts = (0..<Self.count).map { " " + TinyStores.letters($0) }
      pair = StorePair(try stores.store("a", rows(), texts), try stores.store("b", rows(), texts))
      pair.study.compare.neighbours = 5
      pair.study.compare.dimensionNeighbours = 20
      pair.study.compare.dimensionTokens = 30
    }

    /// A file that relates the words of each cluster.
    func relations() throws -> String {
      let file = stores.folder.appending(path: "words.tsv")
      var lines = ""
      for word in 0..<Self.count {
        for other in word + 1..<(word / 20 + 1) * 20 {
          lines += "\(TinyStores.letters(word))\t\(TinyStores.letters(other))\n"
        }
      }
      try Data(lines.utf8).write(to: file)
      return file.path
    }
  }

  @Test func aRelationFileTakesThePlaceOfWordNet() throws {
    var clusters = try Clusters()
    defer { clusters.stores.remove() }
    let path = try clusters.relations()
    clusters.pair.study.compare.also = [.tokenProfiles]
    clusters.pair.study.compare.relations = path
    let result = try clusters.pair.compared()
    for side in Side.allCases {
      let space = try #require(result.findings(NeighbourCoherence.self, of: side))
      #expect(space.relations == "the relation file \(path)" && space.unknown == 0)
      // Of 50 neighbours 19 are of the cluster.
      #expect(abs(try #require(space.mean.value) - 19 / 50) < 0.02)
      #expect(try #require(space.mean.estimate?.null?.pValue) < 0.05)
    }
    let printed = result.comparisonTables.map { $0.markdown() }.joined()
    #expect(printed.contains("the relation file"))

    clusters.pair.study.compare.relations = nil
    let other = try #require(try clusters.pair.compared().findings(NeighbourCoherence.self, of: .first))
    #expect(!other.relations.contains(path))
  }

  @Test func rowCorrelationsStandBesideTheOtherSimilarities() throws {
    var clusters = try Clusters()
    defer { clusters.stores.remove() }
    let keys = ["rsa", "rsa_spearman", "cka_biased"]
    func values(_ result: PairResult) throws -> [String: ResultsFile.Metric] {
      var results = StudyResults()
      results.pairs = [result]
      return try #require(results.metrics["a--b/centred"])
    }
    let without = try clusters.pair.compared()
    #expect(try values(without).keys.allSatisfy { !keys.contains($0) })
    clusters.pair.study.compare.also = [.representationalSimilarity]
    let result = try clusters.pair.compared()
    for gauge in Gauge.plain {
      let rows = try #require(
        result.findings(RepresentationalSimilarity.self, in: gauge)?.orientation.pearson)
      let cosines = try #require(result.findings(RelativeOrientation.self, in: gauge)?.pearson)
      // Eight dimensions of clusters: less the rows' means, another number than the cosines give.
      let difference = abs(try #require(rows.value) - #require(cosines.value))
      #expect(difference > 1e-4 && difference < 0.2, "\(gauge)")
    }
    let metrics = try values(result)
    let rows = try #require(result.findings(RepresentationalSimilarity.self, in: .centred)?.orientation)
    #expect(metrics["rsa"]?.value == rows.pearson.value)
    #expect(metrics["rsa_spearman"]?.value == rows.spearman.value)
    #expect(metrics["cka_biased"]?.value == result.findings(CKA.self, in: .centred)?.biased.value)
    let printed = result.comparisonTables.map { $0.markdown() }.joined()
    #expect(printed.split(separator: "| RSA of row correlations, Pearson |").count == 4)
    #expect(printed.split(separator: "| linear CKA, biased |").count == 4)
    let kept = try JSONEncoder().encode(without)
    #expect(!String(decoding: kept, as: UTF8.self).contains("representational"))
  }

  @Test func aBadRelationFileEndsTheRunAtOnce() throws {
    var clusters = try Clusters()
    defer { clusters.stores.remove() }
    let file = clusters.stores.folder.appending(path: "bad.tsv")
    try Data("sun\tmoon\nstar\n".utf8).write(to: file)
    clusters.pair.study.compare.also = [.tokenProfiles]
    clusters.pair.study.compare.relations = file.path
    let error = #expect(throws: GeometryError.self) { try clusters.pair.compared() }
    #expect("\(try #require(error))".contains("bad.tsv, line 2: expected word<TAB>word"))
    let left = try FileManager.default.contentsOfDirectory(atPath: clusters.stores.folder.path)
    #expect(left.sorted() == ["a.h5", "b.h5", "bad.tsv"])
  }
}

@Suite struct CompareOptionsTests {
  private func compare(_ text: String) throws -> Study.CompareOptions {
    try Study.parse("name: s\nmodels: [a, b]\ncompare: \(text)\n", path: "s.yaml").compare
  }

  @Test func relationsAreForTokenProfiles() throws {
    #expect(try compare("{also: [token-profiles]}").relations == nil)
    #expect(try compare("{also: [token-profiles], relations: words.tsv}").relations == "words.tsv")
    for text in ["{relations: words.tsv}", "{also: [isotropy], relations: words.tsv}", "{relations: [a]}"] {
      let error = #expect(throws: (any Error).self) { try compare(text) }
      #expect("\(try #require(error))".contains("compare.relations"))
    }
  }
}
