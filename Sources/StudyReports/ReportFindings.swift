internal import Alignment
internal import Foundation
internal import Geometry
internal import Reports
internal import Statistics
internal import Steering
internal import Studies
internal import Workflow

extension ReportWriter {
  /// The result in sentences, each with its interval or its null.
  func findings(_ results: StudyResults) -> [Markdown] {
    results.pairs.flatMap(pairFindings) + results.layers.compactMap(layerFinding) + pointFindings(results)
      + elmFindings(results)
      + results.transfers.map { transfer -> Markdown in
        "**\(transfer.validation.behaviour)**, \(transfer.source) to \(transfer.target): "
          + "**\(transfer.judgement.verdict.word)** – \(transfer.judgement.verdict.reason)."
      }
  }

  /// Does the overlap of the embeddings persist through the layers?
  private func layerFinding(_ comparison: LayerComparison) -> Markdown? {
    let searches = comparison.samples.first { $0.kind == .tokens }?.searches
    guard
      let search = searches?.last(where: { $0.grid.measure == .neighbours && $0.grid.maximum.estimate != nil }
      )
    else { return nil }
    let words = search.landmarks.map { evaluation in
      self.words(evaluation.value, evaluation.estimate?.lower, evaluation.estimate?.upper)
    }
    return
      "**\(comparison.a) and \(comparison.b), layer by layer** (tokens, \(search.normalisation.rawValue) states): the mutual "
      + "kNN overlap is \(words[0]) at the embeddings, \(words[1]) at half the depth and \(words[2]) at the last layers, "
      + "chance \(number(search.grid.nullMeans.joined().compactMap { $0 }.first)); the largest of all layer pairs, "
      + "\(number(search.grid.maximum.value)), has p = \(number(search.grid.maximum.estimate?.null?.pValue)) (max-T)."
  }

  private func pairFindings(_ pair: PairResult) -> [Markdown] {
    let orientation = pair.findings(RelativeOrientation.self, in: .centred)?.pearson.estimate
    let overlap = pair.findings(MutualNeighbours.self, in: .centred)?.overlap.estimate
    let dimension = pair.findings(IntrinsicDimensionAgreement.self)?.pearson.estimate
    let sentence: Markdown =
      "**\(pair.a) and \(pair.b)\(pair.space == .input ? "" : ", \(pair.space.rawValue) embeddings" as Markdown)** share "
      + "\(pair.match.matched) tokens; \(pair.match.used) are compared. "
      + "Relative orientation (centred): \(words(orientation?.value, orientation?.lower, orientation?.upper)), "
      + "null \(number(orientation?.null?.mean)). Mutual \(pair.findings.options.neighbours)-NN overlap among these \(pair.match.used): "
      + "\(words(overlap?.value, overlap?.lower, overlap?.upper)), chance \(number(overlap?.null?.mean)), "
      + "calibrated \(number(overlap?.null?.calibrated)). "
      + "Correlation of local dimensions: \(words(dimension?.value, dimension?.lower, dimension?.upper))."
    return [sentence] + [untrainedFinding(pair), mapFinding(pair)].compactMap { $0 }
  }

  private func untrainedFinding(_ pair: PairResult) -> Markdown? {
    pair.untrained.map { effect -> Markdown in
      "\(effect.tokens) of the matched tokens have a row that no training has told apart or that is identical to another's, in either "
        + "model; they \(effect.areLeftOut ? "are left out" : "were kept"). With them the orientation is "
        + "\(number(effect.with.orientation.value)), without them \(number(effect.without?.orientation.value))."
    }
  }

  private func mapFinding(_ pair: PairResult) -> Markdown? {
    pair.alignments.max { $0.widest.csls.at1.value < $1.widest.csls.at1.value }.map { best -> Markdown in
      let shares = best.scores.retrieval.map { retrieval -> Markdown in
        "among the \(retrieval.candidates.words) (\(retrieval.candidateCount) rows) in "
          + "\(number(100 * retrieval.csls.at1.value)) %"
      }
      return
        "The best map by retrieval, **\(best.method)** (\(best.source) to \(best.target)), finds the right row of "
        + "\(best.heldOutTokens) held-out tokens first (CSLS) "
        + shares.dropFirst().reduce(shares[0]) { "\($0), \($1)" }
        + "; a shuffled match among the last in \(number(100 * best.shuffled.amongHeldOut.csls.at1.value)) %."
    }
  }
}
