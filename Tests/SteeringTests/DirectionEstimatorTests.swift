import Checkpoints
import Foundation
import Steering
import Tensors
import TestSupport
import Testing
import Transformers

@Suite struct DirectionEstimatorTests {
  /// Pairs that differ along one direction, more or less, with noise.
  private func differences(_ pairs: Int, seed: UInt64) -> Matrix<Double> {
    var random = SeededRandom(seed: seed)
    let direction = [3.0, -1, 0, 2]
    return Matrix(
      rows: pairs, columns: 4,
      elements: (0..<pairs).flatMap { _ in
        let length = 1 + 0.3 * random.normal()
        return direction.map { length * $0 + 0.4 * random.normal() }
      })
  }

  private func cosine(_ a: [Double], _ b: [Double]) -> Double {
    func product(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    return product(a, b) / (product(a, a) * product(b, b)).squareRoot()
  }

  private func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  @Test func namesAreThoseOfFilesAndOfStudies() {
    #expect(DirectionEstimators.all.map(\.name) == ["meanDifference", "principalComponent"])
    #expect(DirectionEstimators.all.map(\.word) == ["mean-difference", "principal-component"])
    for estimator in DirectionEstimators.all {
      #expect(DirectionEstimators.named(estimator.name)?.name == estimator.name)
      #expect(DirectionEstimators.named(estimator.word)?.name == estimator.name)
    }
    #expect(DirectionEstimators.named("median") == nil)
  }

  /// Whatever is listed: the same numbers for the same pairs, along the trait where there is one, the other way for pairs that
  /// are turned round.
  @Test(arguments: [1, 2, 3] as [UInt64]) func everyEstimatorFindsTheTrait(seed: UInt64) throws {
    let rows = differences(30, seed: seed)
    let turned = Matrix(rows: rows.rows, columns: rows.columns, elements: rows.elements.map { -$0 })
    for estimator in DirectionEstimators.all {
      let found = try estimator.direction(of: rows)
      #expect(try estimator.direction(of: rows) == found, "\(estimator.name)")
      #expect(cosine(found, [3, -1, 0, 2]) > 0.98, "\(estimator.name)")
      let other = try estimator.direction(of: turned)
      #expect(zip(found, other).allSatisfy { abs($0 + $1) < 1e-9 }, "\(estimator.name)")
    }
  }

  @Test func theMeanIsTheMean() {
    let rows = Matrix(rows: 2, columns: 2, elements: [1.0, 4, 3, -2])
    #expect(MeanDifference().direction(of: rows) == [2, 1])
  }

  /// The eigenvector of `Σ δδᵀ`, by power iteration, with the mean's norm.
  @Test func theComponentIsTheLeadingEigenvector() throws {
    let rows = differences(20, seed: 5)
    var vector = [1.0, 1, 1, 1]
    for _ in 0..<500 {
      var next = [Double](repeating: 0, count: 4)
      for row in 0..<rows.rows {
        let values = rows.row(row)
        let product = zip(values, vector).reduce(0.0) { $0 + $1.0 * $1.1 }
        for j in 0..<4 { next[j] += product * values[j] }
      }
      let norm = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
      vector = next.map { $0 / norm }
    }
    let found = try PrincipalComponent().direction(of: rows)
    #expect(abs(cosine(found, vector)) > 1 - 1e-9)
    #expect(abs(norm(found) / norm(MeanDifference().direction(of: rows)) - 1) < 1e-9)
  }

  /// Why permuted labels are held against mean differences: the component of pairs with exchanged texts is the component.
  @Test func theComponentDoesNotSeeLabels() throws {
    let rows = differences(20, seed: 6)
    let real = try PrincipalComponent().direction(of: rows)
    let mean = MeanDifference().direction(of: rows)
    for signs in balancedLabels(pairs: 20, count: 5, seed: 1) {
      let permuted = Matrix(
        rows: 20, columns: 4,
        elements: rows.elements.indices.map { Double(signs[$0 / 4]) * rows.elements[$0] })
      #expect(abs(cosine(try PrincipalComponent().direction(of: permuted), real)) > 1 - 1e-9)
      // Of the mean next to nothing is left.
      #expect(norm(MeanDifference().direction(of: permuted)) < 0.3 * norm(mean))
    }
  }

  @Test func aFileSaysHowItsVectorWasMade() throws {
    let model = try Model.load(Checkpoint.open(tinyCheckpoint("llama")))
    let set = ContrastSet(
      name: "tiny",
      train: (0..<4).map { .init(positive: "the sun is warm \($0)", negative: "a rain was cold \($0)") })
    var options = ExtractionOptions()
    options.positions = .mean
    for estimator in DirectionEstimators.all {
      options.estimator = estimator
      let vector = try extractVectors(
        set, from: model, blocks: [0], identity: ModelIdentity(name: "tiny", hash: "00"), options: options)[0]
      #expect(vector.provenance.method == estimator.name)
      let said = try #require(vector.provenance.extraction)
      #expect(said.estimator.name == estimator.name && said.positions == .mean)
      var foreign = vector
      foreign.provenance.method = "unknown"
      #expect(foreign.provenance.extraction == nil)
    }
  }
}
