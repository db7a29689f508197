internal import Files
public import Foundation

/// Texts that differ in one trait: what a steering vector is extracted from and tested on.
///
/// Three kinds of JSON are read (``init(parsing:file:options:)``): our own, which is already split; lists of
/// `{positive, negative}`; and lists of `{question, answer_matching_behavior, answer_not_matching_behavior}`
/// as in Contrastive Activation Addition (Rimsky et al. 2024). Lists are split by seed.
public struct ContrastSet: Sendable, Equatable, Encodable {
  /// Two texts that differ in the trait, for extraction.
  public struct Pair: Sendable, Equatable, Hashable, Encodable {
    /// Shows the trait.
    public let positive: String
    /// Shows its opposite.
    public let negative: String

    public init(positive: String, negative: String) {
      self.positive = positive
      self.negative = negative
    }
  }

  /// A prompt with two continuations, for the log-odds of the trait.
  public struct TestItem: Sendable, Equatable, Encodable {
    public let prompt: String
    /// Follows the prompt without anything in between: it brings its own leading space.
    public let positive: String
    public let negative: String

    public init(prompt: String, positive: String, negative: String) {
      self.prompt = prompt
      self.positive = positive
      self.negative = negative
    }
  }

  /// A question with two answers, for `p(match)`.
  public struct Choice: Sendable, Equatable, Encodable {
    public let question: String
    public let positive: String
    public let negative: String

    public init(question: String, positive: String, negative: String) {
      self.question = question
      self.positive = positive
      self.negative = negative
    }

    /// The answer as it follows the question: with a space between them, unless it brings its own.
    func answer(_ text: String) -> String { text.first?.isWhitespace == true ? text : " " + text }
  }

  /// How a list without a test part is split.
  public struct SplitOptions: Sendable, Equatable {
    /// The share of pairs that are held out; larger values test more and train on less; 0 … 0.9.
    public var testFraction = 0.4
    /// Another seed holds out other pairs.
    public var seed: UInt64 = 1

    public init() {}
  }

  public let name: String
  /// What the trait is, and which side is positive.
  public let description: String
  /// SPDX identifier; `nil` if the file does not say.
  public let licence: String?
  public let train: [Pair]
  /// Empty if the pairs of a list share no prompt: log-odds are then not evaluable.
  public let test: [TestItem]
  /// Neutral beginnings of texts for generation; empty if the file has none.
  public let generationPrompts: [String]
  public let choice: [Choice]

  public init(
    name: String, description: String = "", licence: String? = nil, train: [Pair], test: [TestItem] = [],
    generationPrompts: [String] = [], choice: [Choice] = []
  ) {
    self.name = name
    self.description = description
    self.licence = licence
    self.train = train
    self.test = test
    self.generationPrompts = generationPrompts
    self.choice = choice
  }
}

extension ContrastSet {
  /// The same texts under another name.
  public func renamed(_ name: String) -> ContrastSet {
    ContrastSet(
      name: name, description: description, licence: licence, train: train, test: test,
      generationPrompts: generationPrompts, choice: choice)
  }

  /// The sets that are part of the program: each with at least 60 training pairs and 40 test items.
  private static let bundledFiles: KeyValuePairs = [
    "sentiment": PackageResources.sentiment_json, "formality": PackageResources.formality_json,
    "certainty": PackageResources.certainty_json, "tense": PackageResources.tense_json,
  ]

  /// The names of the sets that are part of the program.
  public static let bundledNames = bundledFiles.map(\.key)

  /// The file of a set that is part of the program, in our kind of JSON.
  /// - Throws: ``SteeringError/unknownContrastSet(name:known:)``.
  public static func bundledFile(_ name: String) throws(SteeringError) -> [UInt8] {
    guard let file = bundledFiles.first(where: { $0.key == name }) else {
      throw .unknownContrastSet(name: name, known: bundledNames)
    }
    return file.value
  }

  /// A set that is part of the program: `sentiment`, `formality`, `certainty` or `tense`.
  /// - Throws: ``SteeringError/unknownContrastSet(name:known:)``.
  public static func bundled(_ name: String) throws(SteeringError) -> ContrastSet {
    return try ContrastSet(bytes: bundledFile(name), file: "\(name).json", options: SplitOptions())
  }

  /// Reads a set from a file in JSON or JSON Lines. Its name is the file's if the text gives none.
  public static func load(_ url: URL, options: SplitOptions = SplitOptions()) throws(SteeringError)
    -> ContrastSet
  {
    try ContrastSet(bytes: read(url), file: url.path, options: options)
  }

  /// Sixty plain encyclopedic texts with none of the traits, for residual norms and KL divergence.
  public static func neutralTexts() throws(SteeringError) -> [String] {
    let file = "neutral.json"
    let document = try ContrastSetReader(file: file).document(PackageResources.neutral_json)
    let object = try document.object(allowing: ["name", "description", "licence", "texts"])
    return try object.strings("texts", required: true)
  }

  private static func read(_ url: URL) throws(SteeringError) -> [UInt8] {
    try contrastSetErrors(url.path) { () throws(FileError) in
      try TextInput.read(url.path, kind: "a contrast set", limit: ContrastSetReader.maximumBytes)
    }
  }
}
