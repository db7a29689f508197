package import Studies
internal import Workflow

/// What `sextant demo` runs.
package enum Demo {
  // As measured on two cores of an AMD EPYC.
  static let firstTime = "a minute and a half"
  static let time = "half an hour"

  /// `reports/demo/study.yaml`.
  package static var text: String { String(decoding: PackageResources.demo_yaml, as: UTF8.self) }

  package static func study() throws -> Study { try Study.parse(text, path: "the study of the demo") }

  /// What can be said of a study without steering, on the half of its whole words with the longest rows.
  package static func cut(_ study: Study) -> Study {
    var cut = study
    cut.name += "-first"
    cut.tokens.wholeWords = true
    cut.tokens.minimumNormQuantile = 0.5
    (cut.compare.dimensionNeighbours, cut.compare.dimensionTokens) = (200, 500)
    cut.align.methods = [study.steer.method]
    cut.steer.behaviours = []
    cut.hypotheses = study.hypotheses.filter { hypothesis in
      !study.steer.behaviours.contains { hypothesis.metric.contains("/\($0.source)/") }
    }
    return cut
  }
}
