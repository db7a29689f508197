internal import Statistics
internal import Stores

/// The measures of the answers of one source, an answer an item.
struct AnswerScores {
  let answers: [String]
  let measures: [TextMeasure<SemanticConsistency>]
  let agreement: [RankAgreement?]
  /// Whether an answer holds the name of one of its items.
  let namesItem: [Bool]

  /// nil where an answer can't be encoded.
  private var consistency: [SemanticConsistency?] { measures.map(\.value) }
  /// Why none can, where none can.
  private var reason: String { measures.lazy.compactMap(\.reason).first ?? "there is no answer" }

  /// - Parameters:
  ///   - vectors: what each answer is about.
  ///   - items: whose names don't count.
  init(_ answers: [String], about vectors: [[Float]], items: [[Int]], _ meter: ConsistencyMeter) throws {
    self.answers = answers
    let texts = try meter.encode(answers, leavingOut: items)
    let found = texts.indices.map { meter.consistency(of: texts[$0], with: vectors[$0]) }
    measures = found
    agreement = texts.indices.map {
      found[$0].value == nil
        ? nil : meter.agreement(of: texts[$0], with: vectors[$0], leavingOut: items[$0]).value
    }
    namesItem = answers.indices.map { index in
      let words = TextWords.words(of: answers[index])
      return items[index].contains { item in
        let name = TextWords.words(of: meter.domain.names[item])
        return !name.isEmpty && words.contains(name)
      }
    }
  }

  /// The summary of a source beside those of the vectors themselves.
  func summary(
    _ source: AnswerSource, beside own: AnswerScores, copiedFrom texts: TrainingTexts,
    _ resampling: Resampling
  ) -> ElmJudgement.Consistent {
    let pairs = zip(own.consistency, consistency).compactMap { own, other in
      own.flatMap { own in other.map { own.cosine - $0.cosine } }
    }
    func median(_ rank: (SemanticConsistency) -> Int) -> Evaluation {
      let ranks = consistency.compactMap { $0.map { Double(rank($0)) } }
      return ranks.isEmpty
        ? .notEvaluable(reason: reason) : .estimate(medianEstimate(ranks, resampling))
    }
    func share(_ isOne: [Bool]) -> Estimate {
      wilsonMean(isOne.map { $0 ? 1 : 0 }, confidence: resampling.confidence) ?? Estimate(value: 0, n: 0)
    }
    return ElmJudgement.Consistent(
      source: source, consistency: mean(consistency.compactMap { $0?.cosine }, resampling),
      less: source == .vector ? nil : mean(pairs, resampling),
      plainCosine: mean(consistency.compactMap { $0?.plainCosine }, resampling),
      medianRank: median(\.rank), medianDistanceRank: median(\.distanceRank),
      kendall: mean(agreement.compactMap { $0?.kendall }, resampling),
      ndcg: mean(agreement.compactMap { $0?.ndcg }, resampling),
      distinct1: TextVariety.distinct(1, in: answers), distinct2: TextVariety.distinct(2, in: answers),
      named: share(namesItem), copies: share(answers.map(texts.holds)),
      runs: share(answers.map { texts.longestRun(in: $0) > 0 }),
      words: Double(answers.reduce(0) { $0 + TextWords.words(of: $1).count }) / Double(max(1, answers.count)))
  }

  private func mean(_ values: [Double], _ resampling: Resampling) -> Evaluation {
    values.isEmpty ? .notEvaluable(reason: reason) : .estimate(itemMean(values, resampling))
  }
}

extension Recognition {
  /// The summary of a source beside that of the vectors themselves.
  func summary(
    _ source: RecognitionSource, beside own: Recognition, _ resampling: Resampling
  ) -> ElmJudgement.Recognised {
    func first(_ ranks: [Double]) -> Estimate {
      wilsonMean(ranks.map { $0 < 1.5 ? 1 : 0 }, confidence: resampling.confidence)
        ?? Estimate(value: 0, n: 0)
    }
    let less = zip(own.textRanks, textRanks).map { 1 / $0 - 1 / $1 }
    return ElmJudgement.Recognised(
      source: source, textFirst: first(textRanks),
      reciprocalRank: itemMean(textRanks.map { 1 / $0 }, resampling),
      medianTextRank: medianEstimate(textRanks, resampling), vectorFirst: first(vectorRanks),
      medianVectorRank: medianEstimate(vectorRanks, resampling),
      less: source == .vector ? nil : itemMean(less, resampling))
  }
}

/// The mean of independent items' numbers, with the percentile interval of the bootstrap over items.
/// - Precondition: one number or more.
func itemMean(_ values: [Double], _ resampling: Resampling) -> Estimate {
  precondition(!values.isEmpty, "the mean of no items")
  return Estimate(
    value: values.reduce(0, +) / Double(values.count), n: values.count, confidence: resampling.confidence
  ).with(bootstrapOfMean(values, resampling), .itemBootstrap)
}
