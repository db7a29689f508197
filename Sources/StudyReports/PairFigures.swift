internal import Geometry
internal import Reports
internal import Statistics
internal import Studies
internal import Workflow

/// The figures of a pair in which each token, or each pair of tokens, is a point.
struct PairFigures {
  let pair: PairResult
  let options: FigureOptions
  private let numbers: PairNumbers

  init(_ pair: PairResult, _ options: FigureOptions) {
    (self.pair, self.options, numbers) = (pair, options, PairNumbers(pair))
  }

  private var a: String { options.label(pair.a) }
  private var b: String { options.label(pair.b) }

  /// Figures with captions and names for files, as many as can be drawn.
  func all() throws -> [(figure: Figure, name: String, caption: String)] {
    [try cosines(), try map(), try dimensions()].compactMap { $0 }
  }

  /// Cosines of pairs of tokens in one model against the other.
  private func cosines() throws -> (figure: Figure, name: String, caption: String)? {
    guard let sample = pair.picture?.cosines, !sample.a.isEmpty else { return nil }
    let found = numbers[Gauge.centred.rawValue, RelativeOrientation.name]
    let figure = try Figure.density(
      title: "Cosines of token pairs: \(a) and \(b)", x: FigureAxis("cosine in \(a)"),
      y: FigureAxis("cosine in \(b)"), values: (sample.a.map(Double.init), sample.b.map(Double.init)),
      countedThing: "token pairs", note: found.value.map { _ in "r = \(words(found))" })
    return (
      figure, "cosines",
      "Cosines of \(sample.a.count) random pairs of tokens, centred embeddings; dashed: equal in both. Pearson's r over all "
        + "pairs of \(pair.match.used) tokens: \(words(found))."
    )
  }

  /// Local dimension of tokens in one model against the other.
  private func dimensions() throws -> (figure: Figure, name: String, caption: String)? {
    guard let first = pair.findings(IntrinsicDimension.self, of: .first),
      let second = pair.findings(IntrinsicDimension.self, of: .second),
      !first.dimensions.isEmpty, first.tokens == second.tokens
    else { return nil }
    let task = IntrinsicDimensionAgreement.task
    let (pearson, spearman) = (numbers[task, "pearson"], numbers[task, "spearman"])
    let figure = try Figure.density(
      title: "Local dimension of tokens: \(a) and \(b)", x: FigureAxis("components in \(a)"),
      y: FigureAxis("components in \(b)"),
      values: (first.dimensions.map(Double.init), second.dimensions.map(Double.init)),
      note: pearson.value.map { _ in "r = \(words(pearson))" })
    return (
      figure, "dimensions",
      "Local-PCA dimension of \(first.dimensions.count) tokens in both models; dashed: equal in both. Pearson's r "
        + "\(words(pearson)), Spearman's ρ \(words(spearman)); they have no interval, since neighbourhoods overlap."
    )
  }

  /// Both spaces on the planes in which they spread most.
  private func map() throws -> (figure: Figure, name: String, caption: String)? {
    guard let picture = pair.picture, picture.a.shares.count == 2, picture.b.shares.count == 2 else {
      return nil
    }
    func panel(_ name: String, _ components: PrincipalComponents) -> MapPanel {
      let axes = components.shares.enumerated().map { index, share in
        FigureAxis("PC \(index + 1), \(percent(share)) of the variance")
      }
      return MapPanel(name, x: axes[0], y: axes[1], places: components.places.map { (x: $0[0], y: $0[1]) })
    }
    let figure = try Figure.maps(
      title: "Shared tokens of \(a) and \(b)", panels: [panel(a, picture.a), panel(b, picture.b)],
      shades: picture.order, shade: "Shade: order along the first axis of \(a), in both maps.",
      named: picture.landmarks)
    return (
      figure, "map",
      "\(picture.tokens.count) shared tokens on the first two principal components of each model's embeddings, found over all "
        + "\(pair.match.used) of them. Two axes show \(percent(picture.a.shares.reduce(0, +))) of the variance of \(a) and "
        + "\(percent(picture.b.shares.reduce(0, +))) of \(b)'s: what lies together here need not in the whole space. Shades give "
        + "the order along the first axis of \(a), in both maps."
    )
  }

  private func percent(_ share: Double) -> String {
    "\(NumberFormat.significant(2).text(100 * share) ?? "0") %"
  }

  /// The value, and its interval where it has one.
  private func words(_ evaluation: Evaluation) -> String {
    guard let estimate = evaluation.estimate else { return evaluation.reason ?? "not evaluable" }
    let format = NumberFormat.decimals(3)
    func text(_ value: Double) -> String { format.text(value) ?? "" }
    guard let lower = estimate.lower, let upper = estimate.upper else { return text(estimate.value) }
    return "\(text(estimate.value)) [\(text(lower)), \(text(upper))]"
  }
}

extension TokenPicture {
  /// Which share of the tokens lies before each on the first axis of the first map: a few far away take no shades from the rest.
  var order: [Double] {
    var order = [Double](repeating: 0, count: tokens.count)
    let sorted = tokens.indices.sorted { a.places[$0][0] < a.places[$1][0] }
    for (rank, token) in sorted.enumerated() {
      order[token] = Double(rank) / Double(max(1, tokens.count - 1))
    }
    return order
  }

  /// Tokens to be named on maps, far from one another on the first: words of a usual length, of the more frequent half.
  var landmarks: [(index: Int, name: String)] {
    let letters = tokens.indices.prefix((tokens.count + 1) / 2).filter { index in
      (3...10).contains(word(index).count) && word(index).allSatisfy(\.isLetter)
    }
    // Pieces of words say little; some vocabularies have nothing else.
    let whole = letters.filter { tokens[$0].hasPrefix("▁") }
    let words = whole.isEmpty ? letters : whole
    func distance(_ i: Int, _ j: Int) -> Double {
      zip(a.places[i], a.places[j]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    guard let first = words.first else { return [] }
    var chosen = [first]
    var nearest = words.map { distance($0, first) }
    while chosen.count < 14, let far = nearest.indices.max(by: { nearest[$0] < nearest[$1] }),
      nearest[far] > 0
    {
      chosen.append(words[far])
      for place in words.indices { nearest[place] = min(nearest[place], distance(words[place], words[far])) }
    }
    return chosen.map { ($0, word($0)) }
  }

  private func word(_ index: Int) -> String {
    tokens[index].hasPrefix("▁") ? String(tokens[index].dropFirst()) : tokens[index]
  }
}
