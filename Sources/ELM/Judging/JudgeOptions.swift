/// How an embedding language model is judged.
public struct JudgeOptions: Sendable, Equatable, Codable {
  /// Items of the test that each task is judged on, drawn by the seed; fewer where there are fewer. More of them narrow the intervals.
  public var items = 100
  /// Texts among which the true one is looked for, those of the items among them; 2 or more. Chance is one in so many.
  public var texts = 100
  /// Tokens after which an answer ends in any case.
  public var maximumTokens = 48
  /// Whether the model as its checkpoint has it is asked by the items' names, too: a quarter to a half of the time.
  public var asksByName = true
  /// Coverage of intervals, in (0, 1).
  public var confidence = 0.95
  /// Draws items, texts and other items' vectors.
  public var seed: UInt64 = 1

  public init() {}

  /// - Throws: ``ElmError/option(name:expected:actual:)``.
  func validate() throws(ElmError) {
    for (name, value) in [("items", items), ("texts", texts)] where value < 2 {
      throw .option(name: name, expected: "2 or more", actual: "\(value)")
    }
    guard maximumTokens > 0 else {
      throw .option(name: "maximum tokens", expected: "1 or more", actual: "\(maximumTokens)")
    }
    guard confidence > 0, confidence < 1 else {
      throw .option(name: "confidence", expected: "between 0 and 1", actual: "\(confidence)")
    }
  }
}
