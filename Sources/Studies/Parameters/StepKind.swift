internal import Workflow

/// The steps of a study, by the first word of their names.
package enum StepKind: String, Sendable, CaseIterable {
  case `import`
  case vocabulary
  case match
  case compare
  case align
  case learningCurve = "learning-curve"
  case layers
  case picture
  case transfer
  case points
  case carried
  case path
  case relations
  case lens
  case lensShared = "lens-shared"
  case lensPair = "lens-pair"
  case elm
  case elmBetween = "elm-between"
  case elmCAV = "elm-cav"
  case elmTokens = "elm-tokens"

  /// nil for what is no step of a study.
  init?(of fingerprint: Fingerprint) { self.init(rawValue: String(fingerprint.step.prefix { $0 != "/" })) }
}
