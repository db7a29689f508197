/// How a point is put into words.
public struct WordsOptions: Sendable, Equatable, Codable {
  /// The text in which the point stands; nil: the model's ``WordsPrompt/standard(for:)``.
  public var prompt: WordsPrompt?
  /// How the point takes the placeholder's place.
  public var insertion = Insertion.replaceAtNorm
  /// Answers drawn beside the most probable one, 0 or more; more narrow the interval of the rank.
  public var samples = 4
  /// Of the drawn answers, above 0; larger values vary them more.
  public var temperature = 0.7
  /// Tokens of an answer at most; larger values take longer.
  public var maximumTokens = 12
  /// Other points that the point is ranked among, 1 or more; the least p-value is 1 / (others + 1).
  public var others = 100
  /// Still other points, 1 or more, whose answers say how like each point answers are in general.
  public var references = 24
  /// Whether the first eight tokens of the most probable answers are scored under every other point, too: `others` · 4 short passes.
  public var likelihood = true
  /// Of drawn answers, of the other points and of the shuffled control.
  public var seed: UInt64 = 1

  public init() {}

  /// Points that a ``PointSample`` has to hold: those ranked among, those that give reference answers, the control, and one that may be
  /// the point itself.
  public var pointsNeeded: Int { others + references + 2 }

  func validate() throws(WordsError) {
    func demand(_ holds: Bool, _ name: String, _ expected: String, _ actual: String) throws(WordsError) {
      if !holds { throw .option(name: name, expected: expected, actual: actual) }
    }
    try demand(samples >= 0, "samples", "0 or more", "\(samples)")
    try demand(temperature > 0 && temperature.isFinite, "temperature", "above 0", "\(temperature)")
    try demand(maximumTokens > 0, "maximumTokens", "1 or more", "\(maximumTokens)")
    try demand(others > 0, "others", "1 or more", "\(others)")
    try demand(references > 0, "references", "1 or more", "\(references)")
  }
}
