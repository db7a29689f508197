internal import Domains
internal import ELM
internal import Stores

// The numbers about embedding language models that a study can give.

extension KnownMetrics {
  mutating func add(_ asked: AskedElms, _ study: Study) {
    let options = study.elms
    let keys = ElmJudgement.Task.keys(byName: options.asksByName)
    for elm in asked.all {
      for task in elm.tasks {
        add(keys, to: ElmJudgement.Task.path(of: elm.name, task.name))
        guard options.draws > 1 else { continue }
        for draw in 0..<options.draws {
          add(keys, to: ElmJudgement.Task.path(of: elm.name, task.name, draw: draw))
        }
      }
      if options.asksBetween {
        for share in BetweenItems.shares {
          add(BetweenItems.Step.keys, to: BetweenItems.Step.task(of: elm.name, share))
        }
      }
      for attribute in elm.attributes {
        add(ConceptSweep.keys, to: ConceptSweep.task(of: elm.name, attribute.name))
        for lambda in options.lambdas {
          add(
            ConceptSweep.keysOfLambdas, to: ConceptSweep.task(of: elm.name, attribute.name, lambda: lambda))
        }
      }
      guard options.readsTokens else { continue }
      for place in 0..<elm.file.record.tokenCount {
        add(PseudoTokenMeaning.Place.keys, to: PseudoTokenMeaning.Place.task(of: elm.name, place))
      }
    }
  }
}
