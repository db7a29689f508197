public import Alignment

/// How maps between the spaces are fitted.
public struct MapOptions: Sendable, Equatable, Codable {
  /// What ``heldOut`` may be: fewer tokens judge nothing, more leave too few to fit on.
  public static let heldOutShares = 0.05...0.5

  /// Names of methods, as ``allMethods`` has them.
  public var methods = ["least-squares", "ridge", "procrustes", "logit-matching"]
  public var space = EmbeddingSpace.input
  /// Share of the matched tokens that the fit never sees, one of ``heldOutShares``.
  public var heldOut = 0.2
  /// Hold out whole words: all forms of one stay on one side of the split. In a random split two of three held-out tokens have
  /// a form of their word among the training tokens.
  public var heldOutGroups = false
  /// The largest set of rows among which held-out tokens are looked for; smaller ones come with it.
  public var candidates = CandidateSet.vocabulary
  /// Also score every map on each class of tokens by itself.
  public var byClass = false
  /// The methods, of ``anchoredMethods``, whose held-out scores are also measured over the number of anchors. Thirty fits a
  /// method.
  public var learningCurve: [String] = []

  public init() {}

  /// Makes sure that there is every method that is asked for; needs no model.
  /// - Throws: `WorkflowError.option` with the name that may have been meant.
  public func requireMethods() throws {
    for method in methods { _ = try transferMethod(method) }
  }

  /// Names of all methods.
  public static var allMethods: [String] { AlignmentMethods.all.map(\.name) }
  /// Names of the methods that are fitted on anchors, which can be counted.
  public static var anchoredMethods: [String] {
    AlignmentMethods.all.filter { $0 is any PairedMethod }.map(\.name)
  }
}
