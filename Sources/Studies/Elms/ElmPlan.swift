internal import Domains
internal import ELM
internal import Stores
internal import Workflow

// The steps about embedding language models that a run will take, and what they cost.

extension StudyRunner {
  func elmPlan(
    _ asked: AskedElms, _ models: [ModelSummary], size: (ModelSummary) -> ModelSize
  ) throws -> [(step: Fingerprint, cost: StepCost?)] {
    let own = ElmSteps(study)
    return try asked.all.flatMap { elm -> [(step: Fingerprint, cost: StepCost?)] in
      let model = models.first { $0.fileHash == elm.file.record.model.identity }.map(size)
      func cost(_ answers: Int, texts: Int = 0) -> StepCost? {
        model.flatMap { study.elms.cost($0, answers: answers, texts: texts) }
      }
      let (items, options) = (study.elms.items, study.elms)
      var plan: [(step: Fingerprint, cost: StepCost?)] = []
      for task in elm.tasks {
        let arms = options.asksByName ? 2 : 1
        plan += try (0..<options.draws).map {
          (
            try own.taskStep(elm, task.name, draw: $0),
            cost(arms * items, texts: arms * items * max(options.items, options.texts))
          )
        }
      }
      if options.asksBetween { plan.append((try own.betweenStep(elm), cost(items * 6))) }
      plan += try elm.attributes.map {
        (try own.sweepStep(elm, $0), cost(items * options.lambdas.count * 6))
      }
      if options.readsTokens { plan.append((try own.tokensStep(elm), nil)) }
      return plan
    }
  }
}

extension ElmsOptions {
  /// Answers, and likelihoods of texts that share a prompt; nil where the model's size is not known.
  fileprivate func cost(_ model: ModelSize, answers: Int, texts: Int) -> StepCost? {
    guard model.parameters > 0 else { return nil }
    let tokens = Double(answers * (maximumTokens + Self.promptTokens) + texts * Self.textTokens)
    return StepCost(
      Self.slowness * tokens * Double(model.parameters), bytes: 2.5 * Double(model.bytes) + 5e8)
  }

  /// Tokens of a prompt and of a text, as they usually are.
  private static let (promptTokens, textTokens) = (30, 12)
  /// A multiplication of a token by a weight as a share of one in a search for neighbours.
  private static let slowness = 1.0
}
