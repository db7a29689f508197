internal import Alignment
package import Geometry
internal import Steering
internal import Tensors

/// What a step costs, by its formula.
package struct StepCost: Sendable, Equatable {
  /// Multiplications of the search for neighbours that take as long: n² d for the graph of n rows of width d.
  package var multiplications = 0.0
  /// What does not depend on how fast the machine multiplies.
  package var seconds = 0.0
  /// At its peak.
  package var bytes = 0.0

  package init(_ multiplications: Double = 0, seconds: Double = 0, bytes: Double = 0) {
    (self.multiplications, self.seconds, self.bytes) = (multiplications, seconds, bytes)
  }
}

extension StepCost {
  /// Multiplications a second of this machine, measured by a small search for neighbours: a fraction of a second.
  package static func measuredSpeed() throws -> Double {
    let (rows, width) = (6144, 512)
    var random = SeededRandom(seed: 1)
    let matrix = Matrix<Float>(
      rows: rows, columns: width, elements: (0..<rows * width).map { _ in Float(random.normal()) })
    let seconds = try ContinuousClock().measure { _ = try Neighbours.graph(of: matrix, k: 10) } / .seconds(1)
    return Double(rows * rows * width) / max(seconds, 1e-3)
  }

  /// - Parameter speed: multiplications a second.
  package func seconds(at speed: Double) -> Double { seconds + multiplications / speed }
}

/// Formulas whose orders are those that the measures state, with factors from runs of the demo: good to a factor of two or three.
extension StepOptions {
  package func importCost(_ model: ModelSize) -> StepCost {
    let matrix = 4.0 * Double(model.rows) * Double(model.width)
    return StepCost(seconds: Double(model.bytes) / 8e8 + matrix / 2e8, bytes: 64e6 + 200 * Double(model.rows))
  }

  package func vocabularyCost(_ model: ModelSize) -> StepCost {
    let numbers = Double(model.rows) * Double(model.width)
    return StepCost(1550 * numbers, bytes: 4 * numbers)
  }

  package func matchCost(_ pair: PairSizes) -> StepCost {
    let rows = Double(pair.a.rows + pair.b.rows)
    return StepCost(seconds: 1e-6 * rows, bytes: 300 * rows)
  }

  /// A reading of a measure; nil where no formula is known.
  package func cost(of reading: Reading, _ pair: PairSizes) -> StepCost? {
    let n = Double(pair.tokens)
    let widths = Double(pair.a.width + pair.b.width)
    let width = Double((reading.side == .second ? pair.b : pair.a).width)
    let matrices = 3 * 4 * n * widths
    switch reading.measure.name {
    // The first that asks for the graphs of both spaces.
    case MutualNeighbours.name:
      let candidates = min(Double(1 << 30), 64 * n * Double(compare.neighbours + 20))
      return StepCost(n * n * widths, bytes: matrices + candidates)
    case LocalReconstruction.name:
      let k = Double(compare.neighbours)
      return StepCost(340 * n * k * k * widths, bytes: matrices)
    case RelativeOrientation.name: return StepCost(0.27 * n * n * widths, bytes: matrices)
    case OrientationRanks.name: return StepCost(0.11 * n * n * widths, bytes: matrices)
    case CKA.name: return StepCost(8.7 * n * widths * widths, bytes: matrices)
    case Anisotropy.name: return StepCost(700 * n * width, bytes: matrices)
    case ParticipationRatio.name: return StepCost(5 * n * width * width, bytes: matrices)
    case DistanceDimensions.name: return StepCost(1.5 * n * n * width, bytes: matrices)
    case IntrinsicDimension.name:
      let points = min(n, Double(compare.dimensionTokens))
      let near = min(n, Double(compare.dimensionNeighbours))
      let least = min(near, width)
      let spectra = points * (near * width * least + 4 * least * least * least)
      return StepCost(0.75 * spectra + points * n * width, bytes: matrices + 8 * near * width)
    case IntrinsicDimensionAgreement.name: return StepCost(bytes: matrices)
    default: return nil
    }
  }

  /// Fit and scores of a method that fits a matrix on anchors; nil for others.
  package func alignCost(_ method: String, _ pair: PairSizes) -> StepCost? {
    guard let known = AlignmentMethods.named(method) as? any LinearMethod else { return nil }
    let n = Double(pair.tokens)
    let (held, widths) = (n * align.heldOut, Double(pair.a.width + pair.b.width))
    let target = known.predictsSourceRows ? pair.a : pair.b
    let candidates =
      switch align.candidates {
      case .heldOut: held
      case .matched: n
      case .vocabulary: Double(target.rows)
      }
    let whole = Double(pair.a.rows * pair.a.width + pair.b.rows * pair.b.width)
    return StepCost(
      2 * held * candidates * Double(target.width) + 5 * n * widths * widths,
      bytes: 4 * whole + 4 * 4 * n * widths)
  }

  /// Nulls and curves in the target; nil where its size is not known.
  package func transferCost(_ pair: PairSizes) -> StepCost? {
    guard pair.b.parameters > 0 else { return nil }
    let draws = Double(steer.randomVectors + steer.permutedLabels + steer.shuffledMaps)
    return StepCost(
      10 * draws * 40 * Double(pair.b.parameters), bytes: Double(pair.a.bytes + pair.b.bytes) + 5e8)
  }

  /// Hidden states of all blocks, and measures of all pairs of layers; nil where the models' sizes are not known.
  package func layersCost(_ layers: LayerOptions, _ pair: PairSizes) -> StepCost? {
    guard pair.a.blocks > 0, pair.b.blocks > 0 else { return nil }
    let n = Double(layers.tokens)
    let grid = Double((pair.a.blocks + 1) * (pair.b.blocks + 1))
    let states = [pair.a, pair.b].reduce(0.0) { $0 + Double(($1.blocks + 1) * $1.width) }
    return StepCost(
      2.5e4 * n * n * grid, bytes: Double(pair.a.bytes + pair.b.bytes) + 4 * n * states + 16 * n * n)
  }
}
