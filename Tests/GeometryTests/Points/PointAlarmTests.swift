import Foundation
import Geometry
import LinearAlgebra
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct PointAlarmTests {
  private func options(_ heldOut: Int = 1999, seed: UInt64 = 1) -> PointOptions {
    var options = PointOptions()
    (options.neighbours, options.neighbourhood, options.components) = (5, 20, 4)
    (options.heldOut, options.seed) = (heldOut, seed)
    return options
  }

  /// Rows in clumps on a curved sheet: nothing that any of the scores models.
  private func sheet(_ count: Int, seed: UInt64) -> Matrix<Float> {
    var random = SeededRandom(seed: seed)
    var elements: [Float] = []
    for _ in 0..<count {
      let (a, b) = (random.uniform() * random.uniform() * 6, random.uniform())
      let scale = exp(random.normal() / 3)
      elements += [cos(a), sin(a), a / 3, b * b, sin(5 * b)].map {
        Float(scale * $0 + 0.02 * random.normal())
      }
    }
    return Matrix(rows: count, columns: 5, elements: elements)
  }

  /// Exact by exchangeability, whatever the rows: over draws of rows and held-out rows, 5 ± 1 % at 5 %.
  @Test func falseAlarmsOfFreshRowsAreFivePercent() throws {
    var (alarms, points) = (0, 0)
    var perScore = [Int](repeating: 0, count: OffManifoldScore.allCases.count)
    for seed in 0..<12 as Range<UInt64> {
      let all = sheet(2400, seed: seed)
      let space = try PointGeometry(all.selecting(rows: Array(0..<1600)), options(399, seed: seed))
      let found = try space.alarms(of: all.selecting(rows: Array(1600..<2400)))
      alarms += found.count(where: \.isRaised)
      points += found.count
      for index in perScore.indices { perScore[index] += found.count { $0.scores[index].pValue <= 0.05 } }
    }
    // Deviation: √(0.0475 (1/9600 + 1/4800)) = 0.4 %.
    #expect(abs(Double(alarms) / Double(points) - 0.05) < 0.01, "\(alarms) of \(points)")
    for count in perScore { #expect(abs(Double(count) / Double(points) - 0.05) < 0.012, "\(perScore)") }
  }

  /// Rows of the space itself, those held out and the others, are no more at home than fresh ones.
  @Test func rowsOfTheSpaceHaveNoAdvantage() throws {
    var shares: [Double] = []
    var heldShares: [Double] = []
    for seed in 0..<6 as Range<UInt64> {
      let rows = sheet(1600, seed: seed + 40)
      let space = try PointGeometry(rows, options(399, seed: seed))
      let held = Set(space.heldOut)
      let rest = (0..<1600).filter { !held.contains($0) }
      let found = try space.alarms(of: rows.selecting(rows: rest))
      shares.append(Double(found.count(where: \.isRaised)) / Double(rest.count))
      let own = try space.alarms(of: rows.selecting(rows: space.heldOut))
      #expect(own.allSatisfy { $0.heldOut == 398 })
      heldShares.append(Double(own.count(where: \.isRaised)) / 399)
    }
    #expect(abs(shares.reduce(0, +) / 6 - 0.05) < 0.014, "\(shares)")
    // Among themselves at most ⌊0.05 · 399⌋ of the held-out rows can have p ≤ 0.05; equal ranks lose a few.
    #expect(heldShares.allSatisfy { $0 <= 0.05 && $0 > 0.03 }, "\(heldShares)")
  }

  @Test func pValuesCountHeldOutRows() throws {
    let rows = gaussian(400, 4, seed: 2)
    let space = try PointGeometry(rows, options(99))
    #expect(space.heldOut.count == 99 && space.heldOut == space.heldOut.sorted())
    let far = try space.alarms(of: Matrix(rows: 1, columns: 4, elements: [90, -90, 90, 90]))[0]
    for score in far.scores where score.score != .centrality && score.score != .neighbourAngle {
      #expect(score.pValue == 0.01)
    }
    #expect(far.scores.first { $0.score == .centrality }?.pValue == 1)
    #expect(far.isRaised && far.pValue <= 0.05 && far.bonferroni == 0.05 && far.heldOut == 99)
    // A mean of many rows lies where none is: only nearness to the centre tells.
    let wide = gaussian(3000, 60, seed: 3)
    let centre = try PointGeometry(wide, options(499)).alarms(
      of: Matrix(rows: 1, columns: 60, repeating: 0))[0]
    #expect(centre.scores.first { $0.score == .centrality }?.pValue == 1.0 / 500)
    #expect(centre.scores.first { $0.score == .mahalanobis }?.pValue == 1 && centre.isRaised)
  }

  /// The distance of the k-th neighbour, by its definition.
  @Test func scoresAreTheirDefinitions() throws {
    let rows = gaussian(300, 3, seed: 5, shift: 1)
    let space = try PointGeometry(rows, options(60))
    let held = Set(space.heldOut)
    let rest = (0..<300).filter { !held.contains($0) }
    let row = rest[11]
    let others = rest.filter { $0 != row }
    let alarm = try space.alarms(of: rows.selecting(rows: [row]))[0]
    let distances = others.map { other in
      (0..<3).reduce(0.0) { $0 + pow(Double(rows[row, $1]) - Double(rows[other, $1]), 2) }.squareRoot()
    }.sorted()
    #expect(isClose(alarm.scores[0].value, distances[4], 1e-12))
    #expect(alarm.scores[4].value == -alarm.scores[2].value)
  }

  /// Ledoit and Wolf's covariance by its formulas: of a fresh point, and of a row without itself.
  @Test func mahalanobisIsOfShrunkCovariance() throws {
    let d = 12
    var rows = gaussian(100, d, seed: 15, shift: 2)
    for row in 0..<100 { for column in 0..<d { rows[row, column] *= 1 + Float(column) / 2 } }
    let space = try PointGeometry(rows, options(25))
    let held = Set(space.heldOut)
    let rest = (0..<100).filter { !held.contains($0) }
    func moments(_ rows: [[Double]]) -> (mean: [Double], covariance: Matrix<Double>) {
      let n = Double(rows.count)
      let mean = (0..<d).map { column in rows.reduce(0) { $0 + $1[column] } / n }
      var covariance = Matrix<Double>(rows: d, columns: d, repeating: 0)
      for row in rows {
        for i in 0..<d {
          for j in 0..<d { covariance[i, j] += (row[i] - mean[i]) * (row[j] - mean[j]) / n }
        }
      }
      return (mean, covariance)
    }
    let numbers = rest.map { rows.row($0).map(Double.init) }
    let n = Double(rest.count)
    let (mean, covariance) = moments(numbers)
    let level = (0..<d).reduce(0) { $0 + covariance[$1, $1] } / Double(d)
    var (distance, noise) = (0.0, 0.0)
    for i in 0..<d {
      for j in 0..<d {
        distance += pow(covariance[i, j] - (i == j ? level : 0), 2) / Double(d)
        for row in numbers {
          noise += pow((row[i] - mean[i]) * (row[j] - mean[j]) - covariance[i, j], 2) / (n * n * Double(d))
        }
      }
    }
    let shrinkage = min(noise, distance) / distance
    #expect(shrinkage > 0.02 && shrinkage < 0.9, "\(shrinkage)")
    func mahalanobis(_ point: [Double], _ mean: [Double], _ covariance: Matrix<Double>) throws -> Double {
      var shrunk = covariance
      for i in 0..<d {
        for j in 0..<d {
          shrunk[i, j] = (1 - shrinkage) * covariance[i, j] + (i == j ? shrinkage * level : 0)
        }
      }
      let centred = Matrix(rows: d, columns: 1, elements: zip(point, mean).map { $0 - $1 })
      let solved = try solvePositiveDefinite(shrunk, centred)
      return zip(centred.elements, solved.elements).reduce(0) { $0 + $1.0 * $1.1 }.squareRoot()
    }
    let fresh = gaussian(1, d, seed: 16, shift: 3)
    let alarms = try space.alarms(of: fresh)
    #expect(
      isClose(
        alarms[0].scores[2].value, try mahalanobis(fresh.elements.map(Double.init), mean, covariance), 1e-9))
    let others = moments(Array(numbers.dropFirst()))
    let own = try space.alarms(of: rows.selecting(rows: [rest[0]]))
    #expect(
      isClose(own[0].scores[2].value, try mahalanobis(numbers[0], others.mean, others.covariance), 1e-9))
  }

  /// Both kinds of p-values by counting, from the scores of the held-out rows.
  @Test func pValuesAreTheirDefinition() throws {
    let rows = sheet(700, seed: 21)
    let space = try PointGeometry(rows, options(59))
    let held = try space.alarms(of: rows.selecting(rows: space.heldOut)).map { $0.scores.map(\.value) }
    let fresh = sheet(40, seed: 22)
    for alarm in try space.alarms(of: fresh) {
      let own = alarm.scores.map(\.value)
      let all = held + [own]
      for index in own.indices {
        #expect(alarm.scores[index].pValue == Double(1 + held.count { $0[index] >= own[index] }) / 60)
      }
      let ranks = all.map { point in
        point.indices.map { index in all.count { $0[index] <= point[index] } }.sorted(by: >)
      }
      let reached = ranks.count { $0 == ranks[59] || ranks[59].lexicographicallyPrecedes($0) }
      #expect(alarm.pValue == Double(reached) / 60)
      #expect(alarm.bonferroni == min(1, 5 * (alarm.scores.map(\.pValue).min() ?? 1)))
    }
  }

  /// A point off the plane that all rows lie in, and one in it.
  @Test func tellsPointsOffAPlane() throws {
    let flat = product(gaussian(900, 3, seed: 7), orthonormalRows(3, 12, seed: 8))
    var options = options(199)
    options.components = 3
    let space = try PointGeometry(flat, options)
    var off = flat.row(4)
    let normal = orthonormalRows(12, 12, seed: 9)
    for column in 0..<12 { off[column] += 0.3 * normal[0, column] }
    let inside = product(gaussian(1, 3, seed: 70), orthonormalRows(3, 12, seed: 8)).row(0)
    let found = try space.alarms(of: Matrix(rows: 2, columns: 12, elements: off + inside))
    #expect(found[0].scores.first { $0.score == .localResidual }?.pValue == 1.0 / 200)
    #expect(found[0].isRaised)
    #expect((found[1].scores.first { $0.score == .localResidual }?.value ?? 1) < 1e-5)
  }

  /// States of a prompt lie together: their own prompt must not vouch for them.
  @Test func groupsAreHeldOutWhole() throws {
    var random = SeededRandom(seed: 3)
    func prompts(_ count: Int) -> Matrix<Float> {
      var elements: [Float] = []
      for _ in 0..<count {
        let centre = (0..<6).map { _ in 3 * random.normal() }
        for _ in 0..<8 { elements += centre.map { Float($0 + 0.1 * random.normal()) } }
      }
      return Matrix(rows: count * 8, columns: 6, elements: elements)
    }
    var (alarms, points) = (0, 0)
    for seed in 0..<10 as Range<UInt64> {
      let rows = prompts(300)
      let groups = TokenGroups((0..<2400).map { $0 / 8 })
      let space = try PointGeometry(rows, groups: groups, options(75, seed: seed))
      #expect(Set(space.heldOut.map { $0 / 8 }).count == 75)
      // One state of each fresh prompt.
      let fresh = prompts(300)
      alarms += try space.alarms(of: fresh.selecting(rows: (0..<300).map { $0 * 8 })).count(where: \.isRaised)
      points += 300
      // A state of the space leaves its prompt out.
      let own = try space.neighbours(of: rows.selecting(rows: [16]), by: [.euclidean])[0][0]
      #expect(own.neighbours.allSatisfy { $0.row / 8 != 2 })
    }
    // Of 76 at most 3 have p ≤ 0.05. Deviation: √(0.038 (1/3000 + 1/750)) = 0.8 %; without groups nearly all fresh prompts would raise it.
    #expect(abs(Double(alarms) / Double(points) - 3.0 / 76) < 0.025, "\(alarms) of \(points)")
  }

  @Test func powerOnArtificialPoints() throws {
    // Rows on a sphere of 4 dimensions in 16.
    var rows = product(gaussian(1500, 4, seed: 11), orthonormalRows(4, 16, seed: 12))
    for row in 0..<1500 {
      let norm = rows.row(row).reduce(0) { $0 + $1 * $1 }.squareRoot()
      for column in 0..<16 { rows[row, column] /= norm }
    }
    var options = options(299)
    options.components = 4
    let power = try PointGeometry(rows, options).alarmPower(points: 150)
    func area(_ points: ArtificialPoint, _ score: OffManifoldScore?) -> Estimate? {
      power.rows.first { $0.points == points && $0.score == score }?.auroc.estimate
    }
    #expect(power.rows.count == 5 * 6)
    #expect((area(.isotropic, .localResidual)?.value ?? 0) > 0.99)
    #expect((area(.isotropic, nil)?.value ?? 0) > 0.95)
    // Gaussian points leave the sphere but not its subspace.
    #expect((area(.covarianceMatched, .localResidual)?.value ?? 1) < 0.9)
    // Half way between rows is inside the sphere.
    #expect((area(.interpolated, .centrality)?.value ?? 0) > 0.9)
    #expect((area(.interpolated, .mahalanobis)?.value ?? 1) < 0.1)
    for row in power.rows {
      let estimate = try #require(row.auroc.estimate)
      let (lower, upper) = (try #require(estimate.lower), try #require(estimate.upper))
      #expect(lower <= estimate.value && estimate.value <= upper && lower < upper)
    }
  }

  @Test func sameSeedSameAlarm() throws {
    let rows = sheet(500, seed: 1)
    let asked = sheet(10, seed: 2)
    let (one, two) = (try PointGeometry(rows, options(99)), try PointGeometry(rows, options(99)))
    #expect(try one.readings(of: asked) == two.readings(of: asked))
    let json = try JSONEncoder().encode(one.readings(of: asked))
    #expect(try JSONDecoder().decode([PointReading].self, from: json) == one.readings(of: asked))
  }
}
