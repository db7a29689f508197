public import Statistics

/// What a model was found to hear of vectors that no training has shown it, task by task.
public struct ElmJudgement: Sendable, Equatable, Codable {
  /// The model's name.
  public let name: String
  public let options: JudgeOptions
  /// How texts are turned into vectors; nil where the domain has no encoder, and then no consistency is evaluable.
  public let encoder: String?
  public let tasks: [Task]

  package init(name: String, options: JudgeOptions, encoder: String?, tasks: [Task]) {
    (self.name, self.options, self.encoder, self.tasks) = (name, options, encoder, tasks)
  }

  /// One task.
  public struct Task: Sendable, Equatable, Codable {
    public let name: String
    /// Items that were judged, and texts among which theirs were looked for.
    public let items: Int
    public let texts: Int
    public let recognition: [Recognised]
    public let consistency: [Consistent]
    public let examples: [Example]
    /// Why nothing could be judged; nil where something was.
    public let reason: String?
  }

  /// How well true texts are recognised beside a source of scores.
  public struct Recognised: Sendable, Equatable, Codable {
    public let source: RecognitionSource
    /// The share of items whose own text comes first among all texts, Wilson's interval.
    public let textFirst: Estimate
    /// Mean of 1 / rank of the own text, bootstrap over items.
    public let reciprocalRank: Estimate
    /// The median over items of the own text's rank, bootstrap over items.
    public let medianTextRank: Estimate
    /// The share of items whose vector comes first among all vectors beside its text.
    public let vectorFirst: Estimate
    /// The same of the own vector's rank.
    public let medianVectorRank: Estimate
    /// The mean over items of what ``RecognitionSource/vector`` has more in 1 / rank; nil for itself.
    public let less: Estimate?
  }

  /// How well the answers of a source agree with the vectors.
  public struct Consistent: Sendable, Equatable, Codable {
    public let source: AnswerSource
    /// Mean SC over the items whose answer can be encoded, bootstrap over items.
    public let consistency: Evaluation
    /// The mean over items of what ``AnswerSource/vector`` has more; nil for itself.
    public let less: Evaluation?
    /// The mean of the cosines that are not taken about the mean.
    public let plainCosine: Evaluation
    /// The median rank of an item's own vector among those of the domain, by its answer, bootstrap over items.
    public let medianRank: Evaluation
    /// The same by distances in place of cosines.
    public let medianDistanceRank: Evaluation
    public let kendall: Evaluation
    public let ndcg: Evaluation
    /// distinct-1 and distinct-2 over the answers.
    public let distinct1: Double?
    public let distinct2: Double?
    /// The share of answers that hold the item's name, which SC never counts.
    public let named: Estimate
    /// The share of answers that are, word by word, an answer of training.
    public let copies: Estimate
    /// The share of answers that share a run of ``TrainingTexts/leastRun`` words or more with one.
    public let runs: Estimate
    /// Words of an answer, on average.
    public let words: Double
  }

  /// What was said of an item.
  public struct Example: Sendable, Equatable, Codable {
    /// Names in brackets where vectors stood.
    public let prompt: String
    public let truth: String
    public let answer: String
    public let hasEnded: Bool
    public let consistency: TextMeasure<SemanticConsistency>
    /// Of the true text among all texts, by what its vector adds.
    public let rank: Double
  }
}

/// Which scores texts are ranked by.
public enum RecognitionSource: String, Sendable, Equatable, Codable, CaseIterable {
  /// ln p(text | vector) - ln p(text | mean vector).
  case vector = "vector, less the mean vector"
  /// ln p(text | vector).
  case plain = "vector alone"
  /// The first with another item's vector.
  case shuffled = "another item's vector, less the mean vector"
  /// ln p(text | the prompt's words): one order for all items.
  case none = "no vector"
  /// The cosine of the vector and what a linear map makes of the text's, E_D, fitted on training texts: nothing that writes. There is none
  /// where the domain has no encoder.
  case linear = "linear reader of the text's vector, no decoder"
  /// ln p(text | name) - ln p(text | the prompt's words), of the model as its checkpoint has it.
  case name = "frozen model asked by name, less no name"
}

/// Whose answers are held against the vectors.
public enum AnswerSource: String, Sendable, Equatable, Codable, CaseIterable {
  case vector = "vector"
  /// What should have been said: as far as the encoder can see.
  case truth = "true text"
  case mean = "mean vector"
  case shuffled = "another item's vector"
  case none = "no vector"
  /// The own text of the training example whose vector is nearest: no model at all.
  case retrieval = "nearest training item's text"
  /// The model as its checkpoint has it, with the name where the vector stood.
  case name = "frozen model asked by name"
}
