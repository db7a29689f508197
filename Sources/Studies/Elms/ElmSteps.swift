internal import ELM
internal import Files
internal import Workflow

/// What the steps about embedding language models depend on.
struct ElmSteps {
  let study: Study

  init(_ study: Study) { self.study = study }

  // MARK: - Fingerprints

  func taskStep(_ elm: AskedElms.Asked, _ task: String, draw: Int) throws -> Fingerprint {
    try Fingerprint("\(StepKind.elm)/\(elm.name)/\(task)/\(draw + 1)", version: 3)
      .of(elm, study, seed: study.seed &+ UInt64(draw)).with("elms.texts", study.elms.texts)
      .with("elms.by_name", study.elms.asksByName)
  }

  func betweenStep(_ elm: AskedElms.Asked) throws -> Fingerprint {
    try Fingerprint("\(StepKind.elmBetween.rawValue)/\(elm.name)", version: 2)
      .of(elm, study, seed: study.seed)
  }

  func sweepStep(_ elm: AskedElms.Asked, _ attribute: ItemAttribute) throws -> Fingerprint {
    try Fingerprint("\(StepKind.elmCAV.rawValue)/\(elm.name)/\(attribute.name)", version: 2)
      .of(elm, study, seed: study.seed).with("attribute", Self.hash(attribute))
      .with("elms.cav_method", study.elms.method).with("elms.lambdas", study.elms.lambdas)
  }

  func tokensStep(_ elm: AskedElms.Asked) throws -> Fingerprint {
    try Fingerprint("\(StepKind.elmTokens.rawValue)/\(elm.name)", version: 1).with("elm", elm.file.identity)
  }

  private static func hash(_ attribute: ItemAttribute) -> String {
    sha256Hex(of: Array(zip(attribute.items, attribute.values).map { "\($0) \($1)\n" }.joined().utf8))
  }
}

extension Fingerprint {
  /// What all answers depend on. The file's identity holds its domain's, its split and its tasks.
  fileprivate func of(_ elm: AskedElms.Asked, _ study: Study, seed: UInt64) throws -> Fingerprint {
    try with("elm", elm.file.identity).with("seed", seed).with("elms.items", study.elms.items)
      .with("elms.max_tokens", study.elms.maximumTokens)
  }
}
