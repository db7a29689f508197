internal import Domains
public import ELM

/// What a study found of one embedding language model.
public struct ElmResult: Sendable {
  /// What reports call it.
  public let name: String
  /// The language model that it was trained on, as the study calls it.
  public let model: String
  public let file: ElmFile
  /// Of each task the draws.
  public internal(set) var tasks: [[Draw]] = []
  public internal(set) var between: BetweenItems?
  /// One an attribute.
  public internal(set) var sweeps: [ConceptSweep] = []
  public internal(set) var tokens: PseudoTokenMeaning?

  /// One draw of items, texts and other items' vectors.
  public struct Draw: Sendable {
    public let options: JudgeOptions
    public let task: ElmJudgement.Task
  }

  /// How texts become vectors; nil where the domain has no encoder.
  private let encoder: String?

  init(name: String, model: String, file: ElmFile) {
    (self.name, self.model, self.file) = (name, model, file)
    encoder = DomainEncoder.method(of: file.domain)
  }

  /// Draw by draw, over all tasks.
  public var judgements: [ElmJudgement] {
    (tasks.first ?? []).indices.map { draw in
      ElmJudgement(
        name: name, options: tasks[0][draw].options, encoder: encoder, tasks: tasks.map { $0[draw].task })
    }
  }
}
