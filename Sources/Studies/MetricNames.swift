package import Alignment
package import Geometry
package import Statistics
package import Steering
package import Workflow

// What `results.json`, and so hypotheses, call tasks and numbers. Tables write the same names behind their cells.

extension LayerComparison {
  /// `A--B`.
  package var name: String { "\(a)--\(b)" }

  /// What `results.json` calls the searches of a sample.
  package func task(_ sample: LayerSample, _ normalisation: Gauge) -> String {
    "\(name)/layers/\(sample.kind.rawValue)/\(normalisation.rawValue)"
  }

  /// What it calls the states of a layer.
  package func task(_ sample: LayerSample, model: String, _ layer: Int) -> String {
    "\(name)/layers/\(sample.kind.rawValue)/\(model)/\(layer)"
  }
}

extension LayerSearch {
  /// Embeddings, half depth and the last layers.
  package var landmarks: [Evaluation] {
    let last = matched.count - 1
    return [0, last / 2 + last % 2, last].map { matched[$0].evaluation }
  }
}

extension CandidateSet {
  package var metricSuffix: String {
    switch self {
    case .heldOut: ""
    case .matched: "_matched"
    case .vocabulary: "_vocabulary"
    }
  }
}

extension TransferResult {
  /// Why there is no ratio of slopes.
  package static let noRatio = "the native slope is not surely positive"
}

extension Arm {
  /// As a part of a metric's name.
  package var word: String {
    switch self {
    case .transferred: "transferred"
    case .native: "native"
    case .null(.residualNoise): "residual_noise"
    case .null(.permutedLabels): "permuted_labels"
    case .null(.shuffledMaps): "shuffled"
    case .signFlip: "sign_flip"
    case .selfTransfer: "self_transfer"
    }
  }

  /// All that are measured.
  package static let all: [Arm] =
    [.transferred, .native, .selfTransfer, .signFlip] + SteeringNull.allCases.map { .null($0) }

  /// What `results.json` calls p(match) of the arm's choice items at a dose.
  package func matchMetric(_ dose: Double) -> String { Self.matchMetric(word, dose) }

  package static func matchMetric(_ word: String, _ dose: Double) -> String {
    "match_\(word)_dose_\(dose == dose.rounded() ? "\(Int(dose))" : "\(dose)")"
  }

  /// What `results.json` calls the arm's slope.
  package var slopeMetric: String { self == .transferred ? "slope" : "\(word)_slope" }
}

extension SteeringNull {
  /// What `results.json` calls the p-value against this null by a rule: `p_value_NULL_RULE`.
  func metric(_ rule: DoseRule) -> String {
    "p_value_\(rawValue)_\(rule.rawValue)".replacing(" ", with: "_")
  }
}
