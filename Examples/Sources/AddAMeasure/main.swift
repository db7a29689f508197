import Foundation
import Sextant

/// How much longer the rows of one space are than those of the other: |log(mean ‖a‖ / mean ‖b‖)|.
struct LengthRatio: PairMeasure {
  static let name = "length-ratio"
  static let version = 1
  static let gauges = [Gauge.raw]

  static func metrics(_ options: MeasureOptions) -> [Metric<Double>] {
    [
      Metric("length_ratio", "logarithm of the ratio of mean lengths") {
        .estimate(Estimate(value: $0, n: 1))
      }
    ]
  }

  static func measure(_ pair: PairBench) throws -> Double {
    func mean(_ rows: Matrix<Float>) -> Double { rowNorms(rows).reduce(0, +) / Double(rows.rows) }
    return abs(log(mean(pair.a.rows) / mean(pair.b.rows)))
  }
}

let a = Matrix<Float>(rows: 40, columns: 2, elements: (0..<80).map { 1 + Float($0 % 7) })
let b = Matrix<Float>(rows: 40, columns: 2, elements: a.elements.map { 2 * $0 })
let pair = PairBench(SpaceBench("a", a), SpaceBench("b", b))
for number in try compare(pair, measures: [LengthRatio.self]).measured {
  print(number.key, number.evaluation.value ?? .nan)
}
