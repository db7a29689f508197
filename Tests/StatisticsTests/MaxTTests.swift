import Foundation
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct MaxTTests {
  /// Cells that share a part, so that they depend on each other, under a null or with an effect in the first.
  private func search(
    _ cells: Int, draws: Int, seed: UInt64, effects: [Double] = [], spread: (Int) -> Double = { _ in 1 }
  ) -> (observed: Matrix<Double>, draws: [Matrix<Double>]) {
    var random = SeededRandom(seed: seed)
    func row() -> Matrix<Double> {
      let common = random.normal()
      return Matrix(
        rows: 1, columns: cells, elements: (0..<cells).map { spread($0) * (common + random.normal()) })
    }
    var observed = row()
    for (cell, effect) in effects.enumerated() { observed[0, cell] += effect }
    return (observed, (0..<draws).map { _ in row() })
  }

  /// Westfall and Young's algorithm read from the book: the largest over the set of cells not yet passed.
  private func stepDown(_ observed: [Double], _ draws: [[Double]]) -> [Double] {
    let order = observed.indices.sorted { observed[$0] > observed[$1] }
    var adjusted = [Double](repeating: 0, count: observed.count)
    var previous = 0.0
    for (position, cell) in order.enumerated() {
      let rest = order[position...]
      let exceeding = draws.count { draw in (rest.map { draw[$0] }.max() ?? 0) >= observed[cell] }
      previous = max(previous, Double(exceeding + 1) / Double(draws.count + 1))
      adjusted[cell] = previous
    }
    return adjusted
  }

  @Test func stepDownEqualsItsDefinition() throws {
    try forSeeds(0..<5) { seed in
      let (observed, draws) = search(9, draws: 60, seed: seed, effects: [5, 2, 1])
      let result = MaxT(observed: observed, draws: draws, tokens: 100, largest: 10)
      let expected = stepDown(observed.elements, draws.map(\.elements))
      for (cell, p) in zip(result.cells, expected) {
        let cell = try #require(cell)
        #expect(cell.adjustedPValue == p, "seed \(seed)")
        #expect(cell.pValue <= cell.adjustedPValue, "seed \(seed)")
        let alone = draws.count { $0[0, cell.column] >= cell.value }
        #expect(isClose(cell.pValue, Double(alone + 1) / 61, 1e-12), "seed \(seed)")
      }
      let best = try #require(result.best.estimate)
      #expect(best.value == observed.elements.max(), "seed \(seed)")
      #expect(result.bestIndex == observed.elements.firstIndex(of: best.value), "seed \(seed)")
      // The largest cell's adjusted p is the p of the largest; its threshold is the same for all cells.
      #expect(best.null?.pValue == expected.min(), "seed \(seed)")
      #expect(Set(result.cells.compactMap { $0?.threshold }).count == 1, "seed \(seed)")
      #expect(best.null?.threshold == result.cells[0]?.threshold, "seed \(seed)")
      #expect(isClose(result.cells[result.bestIndex ?? 0]?.calibrated, best.null?.calibrated ?? .nan, 1e-12))
    }
  }

  @Test func calibratesTheBestAsTheirsDo() throws {
    // 19 draws of two cells; maxima 0.01 … 0.19. τ is the 19th of 20 with the observed 0.6.
    let draws = (1...19).map { Matrix<Double>(rows: 1, columns: 2, elements: [Double($0) / 100, -1]) }
    let result = MaxT(
      observed: Matrix(rows: 1, columns: 2, elements: [0.3, 0.6]), draws: draws, tokens: 10)
    let null = try #require(result.best.estimate?.null)
    #expect(null.threshold == 0.19 && isClose(null.pValue, 0.05, 1e-12))
    #expect(isClose(null.calibrated, (0.6 - 0.19) / 0.81, 1e-12))
    #expect(isClose(result.cells[0]?.calibrated, (0.3 - 0.19) / 0.81, 1e-12))
    #expect(result.bestIndex == 1)
  }

  @Test(arguments: [MaxT.Scale.asMeasured, .standardised])
  func familyErrorStaysBelowItsLevel(_ scale: MaxT.Scale) throws {
    let trials = 400
    var anyFalse = 0
    var pValues: [Double] = []
    var naive = 0
    for seed in 0..<UInt64(trials) {
      let (observed, draws) = search(12, draws: 59, seed: seed) {
        scale == .standardised ? pow(3, Double($0)) : 1
      }
      let result = MaxT(observed: observed, draws: draws, tokens: 100, largest: 1e9, scale: scale)
      if result.cells.contains(where: { ($0?.adjustedPValue ?? 1) <= 0.1 }) { anyFalse += 1 }
      if result.cells.contains(where: { ($0?.pValue ?? 1) <= 0.1 }) { naive += 1 }
      pValues.append(try #require(result.best.estimate?.null?.pValue))
    }
    // Exactly 0.1 here: the p of the best is uniform on 1/60 … 1. Three standard errors are 0.045.
    #expect(Double(anyFalse) / Double(trials) < 0.145, "\(anyFalse) of \(trials)")
    #expect(Double(naive) / Double(trials) > 0.25, "without adjustment \(naive) of \(trials)")
    let sorted = pValues.sorted()
    for quantile in [0.1, 0.25, 0.5, 0.75, 0.9] {
      let share = Double(sorted.count { $0 <= quantile }) / Double(trials)
      let error = (quantile * (1 - quantile) / Double(trials)).squareRoot()
      #expect(abs(share - quantile) < 3.5 * error + 1.0 / 60, "P(p ≤ \(quantile)) is \(share)")
    }
  }

  /// With effects in some cells, no more than a share α of the searches may name a cell without one.
  @Test func familyErrorHoldsBesideTrueEffects() {
    var anyFalse = 0
    var found = 0
    var singleStep = 0
    for seed in 0..<300 as Range<UInt64> {
      let (observed, draws) = search(10, draws: 59, seed: seed + 5000, effects: [9, 8, 7, 3.2])
      let result = MaxT(observed: observed, draws: draws, tokens: 100, largest: 20)
      if result.cells[4...].contains(where: { ($0?.adjustedPValue ?? 1) <= 0.1 }) { anyFalse += 1 }
      found += result.cells[..<4].count { ($0?.adjustedPValue ?? 1) <= 0.1 }
      let maxima = draws.map { $0.elements.max() ?? 0 }
      singleStep += (0..<4).count { cell in
        Double(1 + maxima.count { $0 >= observed[0, cell] }) / 60 <= 0.1
      }
    }
    #expect(Double(anyFalse) / 300 < 0.155, "\(anyFalse) of 300")
    #expect(found >= singleStep && found > 1000, "\(found) found, \(singleStep) in a single step")
  }

  @Test func cellsThatAreNotEvaluableStayOut() throws {
    var (observed, draws) = search(4, draws: 20, seed: 1, effects: [0, 0, 6])
    let without = MaxT(observed: observed, draws: draws, tokens: 9, largest: 10)
    observed[0, 1] = .nan
    for draw in draws.indices { draws[draw][0, 1] = 1e6 }
    let result = MaxT(observed: observed, draws: draws, tokens: 9, largest: 10)
    #expect(result.cells[1] == nil && result.bestIndex == 2)
    #expect(try #require(result.cells[2]).adjustedPValue <= (try #require(without.cells[2]).adjustedPValue))
    // A draw that failed counts against the cell.
    draws[3][0, 2] = .nan
    let careful = MaxT(observed: observed, draws: draws, tokens: 9, largest: 10)
    #expect((careful.cells[2]?.pValue ?? 0) > (result.cells[2]?.pValue ?? 1))
    #expect(careful.best.estimate?.null?.mean.isFinite == true)
    let none = MaxT(
      observed: Matrix(rows: 1, columns: 1, repeating: .nan),
      draws: [Matrix(rows: 1, columns: 1, repeating: 0)], tokens: 9)
    #expect(none.best.reason != nil && none.bestIndex == nil && none.cells == [nil])
    let coded = try JSONDecoder().decode(MaxT.self, from: JSONEncoder().encode(careful))
    #expect(coded == careful)
  }

  @Test func standardisedCellsDoNotDependOnTheirUnits() throws {
    let (observed, draws) = search(5, draws: 40, seed: 3, effects: [3])
    func scaled(_ m: Matrix<Double>) -> Matrix<Double> {
      Matrix(
        rows: 1, columns: 5,
        elements: m.elements.enumerated().map { $0.element * pow(4, Double($0.offset)) + 64 })
    }
    let plain = MaxT(observed: observed, draws: draws, tokens: 9, largest: 1e6, scale: .standardised)
    let other = MaxT(
      observed: scaled(observed), draws: draws.map(scaled), tokens: 9, largest: 1e6, scale: .standardised)
    #expect(plain.bestIndex == other.bestIndex)
    #expect(plain.cells.map { $0?.adjustedPValue } == other.cells.map { $0?.adjustedPValue })
    let (t, u) = (try #require(plain.cells[2]).threshold, try #require(other.cells[2]).threshold)
    #expect(isClose(16 * t + 64, u, 1e-9))
  }
}
