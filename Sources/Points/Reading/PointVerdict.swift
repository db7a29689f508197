internal import Geometry
internal import Lenses
internal import Statistics

/// A reading in plain words, one sentence a section.
struct PointVerdict {
  let sentences: [String]

  init(of reading: PointMeaning) {
    sentences = [
      Self.nearest(reading), Self.place(reading), Self.lens(reading), Self.answer(reading),
      Self.elsewhere(reading),
    ].compactMap { $0 }
  }

  /// What it reads as.
  private static func nearest(_ reading: PointMeaning) -> String? {
    guard let lists = reading.neighbours.content else {
      return reading.neighbours.gap.map { "What is near it can't be said: \($0.words)." }
    }
    let usable = lists.filter { !$0.near.isEmpty || !$0.identical.isEmpty }
    guard let first = usable.first else {
      return "Nothing is near it: \(lists.compactMap(\.reason).first ?? "it has no neighbours")."
    }
    let names = usable.map { $0.identical.first ?? $0.near[0].words }
    let gauges = usable.count == 1 ? "by \(first.nearness.words)" : "in all \(usable.count) gauges"
    let quoted = names.map { "'\($0)'" }
    guard Set(names).count == 1 else {
      let parts = zip(usable, quoted).map { "\($1) by \($0.nearness.words)" }
      return "The gauges disagree on what is nearest: \(parts.joined(separator: ", "))."
    }
    if !first.identical.isEmpty { return "It reads as \(quoted[0]) \(gauges): it is that very row." }
    // Nearest of all is not near.
    let percentile = usable.compactMap { $0.near[0].percentile }.max() ?? 100
    if percentile < 5 {
      return
        "\(quoted[0]) is nearest \(gauges), and far: nearest neighbours of rows are nearer in \(words(100 - percentile)) of 100 cases or more."
    }
    return "It reads as \(quoted[0]) \(gauges)."
  }

  /// Whether it lies anywhere.
  private static func place(_ reading: PointMeaning) -> String? {
    guard let alarm = reading.alarm.content else {
      return reading.point.isDirection
        ? "It is a direction, which lies nowhere by itself."
        : reading.alarm.gap.map { "Where it lies can't be said: \($0.words)." }
    }
    let p = "p = \(words(alarm.pValue)), \(alarm.heldOut) held-out rows"
    guard !alarm.isRaised else {
      return "It lies nowhere: the alarm is raised (\(p)), so what is near it says little."
    }
    let odd = alarm.scores.filter { $0.pValue <= alarm.significance }.min { $0.pValue < $1.pValue }
    let but =
      odd.map { ", though by one score alone, \($0.score.rawValue), few do (p = \(words($0.pValue)))" } ?? ""
    return "It lies among the rows (\(p))\(but)."
  }

  /// What the best lens that is there reads first, and whether it reads the same of anything. A Patchscope is none: what it reads is as much
  /// of its prompt and the blocks above.
  private static func lens(_ reading: PointMeaning) -> String? {
    let lenses = reading.lenses.filter { $0.lens != LensKind.patchscope.rawValue }
    guard let best = lenses.last(where: { $0.reading.content != nil }),
      let table = best.reading.content
    else {
      return nil
    }
    if let direction = table.direction {
      guard let first = direction.promoted.first else { return nil }
      return first.value > direction.randomLargest
        ? "Along it the \(best.lens) lens promotes '\(first.text)' (\(words(first.value)) standard deviations; random directions promote by \(words(direction.randomLargest)))."
        : "Along it the \(best.lens) lens promotes nothing more than random directions do."
    }
    let layer = reading.point.space.residualLayer ?? embeddingLayer
    guard let row = table.rows.first(where: { $0.layer == layer }) ?? table.rows.first,
      let first = row.tokens.first
    else {
      return nil
    }
    let isGeneric = table.generic.first?.words == first.words
    return
      "The \(best.lens) lens reads '\(first.words)' of it at \(PointSpace.residual(layer: row.layer).words)\(isGeneric ? ", as of the mean of all it is held against" : "")."
  }

  /// What the model says in its place, and whether that is more than the prompt says by itself.
  private static func answer(_ reading: PointMeaning) -> String? {
    guard let answer = reading.answer?.content, let arm = answer[.point], let text = arm.answers.first?.text
    else {
      return nil
    }
    let quoted = "\"\(text.trimmingPrefix(while: \.isWhitespace))\""
    guard let own = arm.identifiedBeyondCopies.identification else {
      let why = arm.identifiedBeyondCopies.reason.map { " (\($0))" } ?? ""
      return "In words the model says \(quoted); whether that is about the point can't be told\(why)."
    }
    let controls = answer.arms.filter { $0.arm != .point }.compactMap {
      $0.identifiedBeyondCopies.identification?.rank
    }
    let rank = "rank \(own.rank) of \(own.others + 1), p = \(words(own.pValue))"
    let beats = own.pValue <= 0.05 && controls.allSatisfy { own.rank < $0 }
    let best = controls.min().map { "; the best control has rank \($0)" } ?? ""
    return beats
      ? "In words the model says \(quoted), which tells it from other points (\(rank)\(best))."
      : "In words the model says \(quoted), which is no better than what the controls say (\(rank)\(best))."
  }

  /// What becomes of it in other models.
  private static func elsewhere(_ reading: PointMeaning) -> String? {
    let parts = reading.elsewhere.compactMap { other -> String? in
      guard let carried = other.carried.content, let estimate = carried.agreement.estimate,
        let null = estimate.null
      else { return nil }
      let p = null.pValue.map { ", p = \(words($0))" } ?? ""
      let isMore = (null.pValue ?? 1) <= 0.05
      return
        "\(other.model) (\(words(100 * estimate.value)) % of its neighbours agree, \(words(100 * null.mean)) % through shuffled maps\(p)"
        + (isMore ? ")" : ": no more than chance)")
    }
    return parts.isEmpty ? nil : "Carried into other models: \(parts.joined(separator: "; "))."
  }

  /// Two significant digits.
  static func words(_ value: Double) -> String {
    guard value != 0 else { return "0" }
    var (digits, size) = (1, abs(value))
    while size < 1, digits < 6 {
      size *= 10
      digits += 1
    }
    let factor = size >= 10 ? 1.0 : (0..<digits).reduce(1.0) { power, _ in power * 10 }
    let rounded = (value * factor).rounded() / factor
    return PointExpression.number(rounded)
  }
}

extension PointNearness {
  /// As sentences call it.
  package var words: String {
    switch self {
    case .cosine: "cosine"
    case .euclidean: "distance"
    case .centred: "centred cosine"
    case .allButTheTop: "all-but-the-top cosine"
    case .csls: "CSLS"
    }
  }
}
