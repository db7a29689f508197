import Foundation
import Geometry
import Statistics
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers
import Vocabularies
import Workflow

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
      pair.options.compare.neighbours = 5
      pair.options.compare.dimensionNeighbours = 20
      pair.options.compare.dimensionTokens = 30
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
    clusters.pair.options.compare.also = [.tokenProfiles]
    clusters.pair.options.compare.relations = path
    let result = try clusters.pair.compared()
    for side in Side.allCases {
      let space = try #require(result.findings(NeighbourCoherence.self, of: side))
      #expect(space.relations == "the relation file \(path)" && space.unknown == 0)
      // Of 50 neighbours 19 are of the cluster.
      #expect(abs(try #require(space.mean.value) - 19 / 50) < 0.02)
      #expect(try #require(space.mean.estimate?.null?.pValue) < 0.05)
    }

    clusters.pair.options.compare.relations = nil
    let other = try #require(try clusters.pair.compared().findings(NeighbourCoherence.self, of: .first))
    #expect(!other.relations.contains(path))
  }

  @Test func rowCorrelationsStandBesideTheOtherSimilarities() throws {
    var clusters = try Clusters()
    defer { clusters.stores.remove() }
    let without = try clusters.pair.compared()
    #expect(without.findings(RepresentationalSimilarity.self, in: .centred) == nil)
    clusters.pair.options.compare.also = [.representationalSimilarity]
    let result = try clusters.pair.compared()
    for gauge in Gauge.plain {
      let rows = try #require(
        result.findings(RepresentationalSimilarity.self, in: gauge)?.orientation.pearson)
      let cosines = try #require(result.findings(RelativeOrientation.self, in: gauge)?.pearson)
      // Eight dimensions of clusters: less the rows' means, another number than the cosines give.
      let difference = abs(try #require(rows.value) - #require(cosines.value))
      #expect(difference > 1e-4 && difference < 0.2, "\(gauge)")
    }
    #expect(without.findings(RepresentationalSimilarity.self, in: .centred) == nil)
  }

  @Test func aBadRelationFileEndsTheRunAtOnce() throws {
    var clusters = try Clusters()
    defer { clusters.stores.remove() }
    let file = clusters.stores.folder.appending(path: "bad.tsv")
    try Data("sun\tmoon\nstar\n".utf8).write(to: file)
    clusters.pair.options.compare.also = [.tokenProfiles]
    clusters.pair.options.compare.relations = file.path
    let error = #expect(throws: VocabularyError.self) { try clusters.pair.compared() }
    #expect("\(try #require(error))".contains("bad.tsv, line 2: expected word<TAB>word"))
    let left = try FileManager.default.contentsOfDirectory(atPath: clusters.stores.folder.path)
    #expect(left.sorted() == ["a.h5", "b.h5", "bad.tsv"])
  }

  /// Two matrices in memory and the same rows in stores give the same numbers.
  @Test func matricesInMemoryAreComparedAsStoresAre() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let count = 120
    func rows(_ width: Int, seed: UInt64) -> Matrix<Float> {
      var random = SeededRandom(seed: seed)
      return normalMatrix(count, width, &random)
    }
    let (a, b) = (rows(6, seed: 1), rows(7, seed: 2))
    let texts = (0..<count).map { " " + TinyStores.letters($0) }
    var pair = StorePair(try tiny.store("a", a, texts), try tiny.store("b", b, texts))
    (pair.options.tokens.minimumNormQuantile, pair.options.tokens.untrained) = (0, .keep)
    pair.options.compare.isStratified = false
    (pair.options.compare.neighbours, pair.options.compare.dimensionNeighbours) = (5, 20)
    pair.options.compare.dimensionTokens = 30
    let stored = try pair.compared()
    #expect(stored.match.used == count && stored.structure.forms == count)
    var options = stored.findings.options
    options.resampling.groups = .forms(
      of: texts.enumerated().map { Token(id: $0, form: $1, bytes: Array($1.utf8), kind: .normal) })
    let found = try compare(PairBench(SpaceBench("a", a), SpaceBench("b", b), options))
    #expect(found.measured == stored.findings.measured && !found.measured.isEmpty)
  }
}
