internal import Alignment
internal import Geometry
internal import Reports
internal import Statistics
internal import Steering
internal import Studies
internal import Workflow

extension ReportWriter {
  /// What a colleague can quote: what is shared, how much of it, against what chance, and what does not carry over.
  func verdict(_ results: StudyResults, _ summary: CheckSummary) -> [Markdown] {
    [claims(summary)].compactMap { $0 }
      + results.pairs.flatMap { [shared($0), mapped($0)].compactMap { $0 } }
      + pointVerdict(results) + elmVerdict(results) + carried(results.transfers)
  }

  /// How the study's hypotheses fared; nil without any.
  private func claims(_ summary: CheckSummary) -> Markdown? {
    guard !summary.checks.isEmpty else { return nil }
    guard !summary.success else {
      return summary.checks.count == 1
        ? "The one claim of the study holds." : "All \(summary.checks.count) claims of the study hold."
    }
    let others = summary.checks.filter { $0.outcome != .passed }.map { check -> Markdown in
      let why = if case .notEvaluable = check.outcome { "could not be evaluated" } else { check.observed }
      return "\(check.group) (claimed: \(check.expectation); found: \(why))"
    }
    return
      "Of \(summary.checks.count) claims of the study \(summary.passed) \(summary.passed == 1 ? "holds" : "hold" as Markdown). The others: \(others.joined(separator: "; "))."
  }

  private func shared(_ pair: PairResult) -> Markdown? {
    guard let overlap = pair.findings(MutualNeighbours.self, in: .centred)?.overlap.estimate,
      let orientation = pair.findings(RelativeOrientation.self, in: .centred)?.pearson.estimate
    else { return nil }
    let space: Markdown = pair.space == .input ? "" : " (\(pair.space.rawValue) embeddings)"
    return
      "**\(pair.a) and \(pair.b)**\(space): of a token's \(pair.findings.options.neighbours) nearest neighbours "
      + "\(percent(overlap.value)) % are the same in both models\(chance(overlap, of: pair) { percent($0) + " %" }). "
      + "The angles between tokens agree at \(number(orientation.value, .decimals(2))), where 1 is equality up to rotation and scale"
      + "\(chance(orientation, of: pair) { number($0, .decimals(2)) }). "
      + "This is over \(pair.match.used) of the \(pair.match.matched) tokens that they share."
  }

  /// What the null gives, and whether the value is beyond it.
  private func chance(_ estimate: Estimate, of pair: PairResult, _ words: (Double) -> Markdown) -> Markdown {
    guard let null = estimate.null else { return "" }
    let isWithin = null.pValue.map { $0 > 0.05 } ?? false
    let p: Markdown =
      null.pValue.map { ", p \(null.pValueIsBound ? "below" : "=") \(number($0, .significant(2)))" } ?? ""
    let permuted: Markdown =
      pair.structure.strata == nil ? "permuted tokens" : "permuted tokens of one kind and frequency"
    return isWithin
      ? ", no more than in \(permuted) (\(words(null.mean))\(p))" : " (\(permuted): \(words(null.mean))\(p))"
  }

  private func percent(_ share: Double) -> Markdown { number(100 * share, .significant(2)) }

  private func mapped(_ pair: PairResult) -> Markdown? {
    pair.alignments.max { $0.widest.csls.at1.value < $1.widest.csls.at1.value }.map { best in
      "The best map from \(best.source) to \(best.target), \(best.method), finds the right one of \(best.widest.candidateCount) rows for "
        + "\(percent(best.widest.csls.at1.value)) % of the \(best.heldOutTokens) tokens that it has not seen; a map fitted on shuffled tokens "
        + "finds \(percent(best.shuffled.amongHeldOut.csls.at1.value)) %, among the held-out rows alone."
    }
  }

  /// A sentence a direction: which behaviours are carried, and which are not.
  private func carried(_ transfers: [TransferResult]) -> [Markdown] {
    transfers.grouped { [$0.source, $0.target] }.map { ends, transfers in
      let findings = transfers.grouped(by: \.judgement.verdict.finding).sorted { $0.0 < $1.0 }
      let words = findings.map { finding, transfers -> Markdown in
        "**\(finding.rawValue)**: \(transfers.map(\.validation.behaviour).joined(separator: ", "))"
      }
      return
        "Steering vectors carried from \(ends[0]) to \(ends[1]), each against three nulls, "
        + "\(words.joined(separator: "; "))."
    }
  }
}

/// What vectors do in the model that they were carried into, the best first.
private enum TransferFinding: String, CaseIterable, Comparable {
  case steer = "steer there, too"
  case weak = "steer weakly"
  case none = "do not steer beyond chance"
  case notEvaluable = "could not be evaluated"

  static func < (_ a: Self, _ b: Self) -> Bool {
    allCases.firstIndex(of: a) ?? 0 < allCases.firstIndex(of: b) ?? 0
  }
}

extension Verdict {
  fileprivate var finding: TransferFinding {
    switch self {
    case .transfers: .steer
    case .weak: .weak
    case .doesNot: .none
    case .notEvaluable: .notEvaluable
    }
  }
}
