import Alignment
import Foundation
import Statistics
import Tensors
import TestSupport
import Testing

/// Intervals of a map's scores hold what the map scores on other tokens as often as they say.
///
/// One map is fitted on 1600 tokens; each sample is 400 other tokens of the same population. `make coverage` takes 400 samples and writes the
/// table of docs/coverage.md; without it there are 100.
@Suite struct MapCoverageTests {
  private static let names = ["R²", "cosine", "norm ratio", "P@1 of 400, cosine", "P@1 of 400, CSLS"]

  private static func table(samples: Int) throws -> CoverageTable {
    var maps: [SimulatedSpaces: FittedMap] = [:]
    for kind in SimulatedSpaces.allCases {
      let (x, y, _) = kind.draw(tokens: 1600, seed: 1_000_000)
      maps[kind] = try Ridge().fit(source: x, target: y)
    }
    return CoverageTable(names, samples: samples) { [maps] kind, seed in
      let (x, y, groups) = kind.draw(tokens: 400, seed: seed)
      var scoring = ScoringOptions()
      (scoring.resampling.groups, scoring.resampling.seed) = (groups, seed)
      let scores = try maps[kind]?.scores(source: x, target: y, heldOut: Array(0..<400), options: scoring)
      guard let scores else { return [:] }
      return [
        "R²": scores.r2, "cosine": scores.centredCosine, "norm ratio": scores.centredNormRatio,
        "P@1 of 400, cosine": scores.amongHeldOut.nearestNeighbour.at1,
        "P@1 of 400, CSLS": scores.amongHeldOut.csls.at1,
      ]
    }
  }

  @Test func intervalsCover() throws {
    let table = try Self.table(samples: 100)
    for kind in SimulatedSpaces.allCases {
      for name in Self.names {
        let cell = try #require(table.cells[kind]?[name], "\(name), \(kind.rawValue)")
        // Of 100 intervals at 95 %, fewer than 86 hold in 1 of 5000 runs.
        #expect(cell.coverage >= 0.86, "\(name), \(kind.rawValue): \(cell)")
        #expect(cell.ratio > 0.75 && cell.ratio < 1.45, "\(name), \(kind.rawValue): \(cell)")
      }
    }
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["SEXTANT_COVERAGE"] != nil))
  func allIntervals() throws {
    let path = try #require(ProcessInfo.processInfo.environment["SEXTANT_COVERAGE"])
    try Self.table(samples: 400).write(to: URL(filePath: path), under: "## Maps")
  }
}
