import Foundation
import Geometry
import TestSupport
import Testing

/// Intervals hold the mean of their measure as often as they say, and p-values are uniform where nothing is shared.
///
/// `make coverage` takes 400 samples of every measure and writes the table of docs/coverage.md; without it there are 60 of the headline ones,
/// whose bounds are wide enough for chance and narrow enough for what was wrong (82 % with neighbours held fixed, 64 % in clusters).
@Suite struct CoverageTests {
  @Test func headlineIntervalsCover() throws {
    let table = try CoverageTable(samples: 60, tokens: 200, isWhole: false)
    for kind in SimulatedSpaces.allCases {
      for name in ["relative orientation", "CKA", "mutual kNN"] {
        let cell = try #require(table.cells[kind]?[name], "\(name), \(kind.rawValue)")
        // Of 60 intervals at 95 %, fewer than 51 hold in 1 of 5000 runs.
        #expect(cell.coverage >= 0.85, "\(name), \(kind.rawValue): \(cell)")
        #expect(cell.ratio > 0.75 && cell.ratio < 1.45, "\(name), \(kind.rawValue): \(cell)")
      }
    }
    for name in ["relative orientation", "CKA", "mutual kNN"] {
      #expect(CoverageTable.excessOverUniform(table.pValues[name] ?? [0]) < 1, "\(name)")
    }
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["SEXTANT_COVERAGE"] != nil))
  func allIntervals() throws {
    let path = try #require(ProcessInfo.processInfo.environment["SEXTANT_COVERAGE"])
    let url = URL(filePath: path)
    let words = try String(contentsOf: url, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    let first = try #require(words.firstIndex { $0.hasPrefix("|") }, "\(path) holds no table")
    let last = try #require(words.lastIndex { $0.hasPrefix("|") })
    let table = try CoverageTable(samples: 400, tokens: 400, isWhole: true)
    let text = words[..<first] + [Substring(table.markdown)] + words[(last + 1)...]
    try Data(text.joined(separator: "\n").utf8).write(to: url)
  }
}
