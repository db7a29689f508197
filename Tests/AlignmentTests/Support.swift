import Alignment
import Foundation
import Statistics
import Tensors

/// What Golden/generate.py wrote.
struct Golden: Decodable {
  let training: Int
  let heldOut: Int
  let sourceWidth: Int
  let targetWidth: Int
  let folds: Int
  let seed: UInt64
  let source: [Float]
  let target: [Float]
  let leastSquares: [Double]
  let leastSquaresRaw: [Double]
  let conditionNumber: Double
  let lambdaGrid: [Double]
  let ridgeBest: Int
  let ridgeErrors: [Double]
  let ridge: [Double]
  let rotation: [Double]
  let scale: Double
  let reducedRank3: [Double]
  let rankErrors: [Double]
  let correlations: [Double]
  let canonicalHalf: [Double]
  let canonicalNone: [Double]
  let logitMatching: [Double]
  let r2: Double
  let r2AboutZero: Double
  let cosine: Double
  let centredCosine: Double
  let normRatio: Double
  let centredNormRatio: Double
  let nearestRanks: [Int]
  let cslsRanks: [Int]
  let r2LogitMatching: Double

  static func load() throws -> Golden {
    let url = Bundle.module.bundleURL.appending(path: "Golden/alignment.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }

  var allSource: Matrix<Float> {
    Matrix(rows: training + heldOut, columns: sourceWidth, elements: source)
  }
  var allTarget: Matrix<Float> {
    Matrix(rows: training + heldOut, columns: targetWidth, elements: target)
  }
  var x: Matrix<Float> { allSource.selecting(rows: Array(0..<training)) }
  var y: Matrix<Float> { allTarget.selecting(rows: Array(0..<training)) }
  var heldOutPositions: [Int] { Array(training..<training + heldOut) }
}

func randomMatrix(_ rows: Int, _ columns: Int, seed: UInt64, scale: Double = 1, mean: Double = 0) -> Matrix<
  Float
> {
  var random = SeededRandom(seed: seed)
  return Matrix(
    rows: rows, columns: columns,
    elements: (0..<rows * columns).map { _ in Float(mean + scale * random.normal()) })
}

/// Largest absolute difference.
func distance(_ a: Matrix<Float>, _ b: [Double]) -> Double {
  precondition(a.elements.count == b.count, "\(a.elements.count) and \(b.count) numbers")
  return zip(a.elements, b).map { abs(Double($0) - $1) }.max() ?? 0
}

func distance(_ a: Matrix<Float>, _ b: Matrix<Float>) -> Double {
  precondition(a.columns == b.columns)
  return distance(a, b.elements.map(Double.init))
}

/// The same with every interval's resamples reduced, to be quick.
func quickScoring(candidates: CandidateSet = .heldOut) -> ScoringOptions {
  var options = ScoringOptions()
  options.resampling.bootstrapSamples = 50
  options.candidates = candidates
  return options
}
