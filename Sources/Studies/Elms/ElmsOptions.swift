public import ELM
internal import Stores

/// Which embedding language models a study judges, and how: the section `elms` of its file.
public struct ElmsOptions: Sendable, Equatable {
  public var files: [NamedElm] = []
  /// The tasks that they are judged on; all of each file where it is empty.
  public var tasks: [String] = []
  /// Held-out items of each task.
  public var items = JudgeOptions().items
  /// Texts among which the true one is looked for.
  public var texts = JudgeOptions().texts
  public var maximumTokens = JudgeOptions().maximumTokens
  /// Whether the model as its checkpoint has it is asked by the items' names, too.
  public var asksByName = JudgeOptions().asksByName
  /// Draws of items, texts and other items' vectors, with the study's seed and those that follow it.
  public var draws = 1
  /// Unedited answers of each task that the report shows, the first that the seed has drawn.
  public var examples = 20
  /// Also ask about points between items.
  public var asksBetween = false
  /// Attributes that are turned up and down: `FIELD=TEXT`, `FIELD`, or a file of names and numbers.
  public var attributes: [NamedFile] = []
  /// How their directions are found.
  public var method = ConceptDirection.Method.ridge
  /// How far points are moved along them.
  public var lambdas: [Double] = [-4, -2, 0, 2, 4]
  /// Also what pseudo-tokens are near to.
  public var readsTokens = false

  /// Nothing is judged.
  public init() {}

  /// Whether nothing is judged.
  var isEmpty: Bool { files.isEmpty }

  /// - Parameter draw: from 0.
  func judging(seed: UInt64, draw: Int = 0) -> JudgeOptions {
    var options = JudgeOptions()
    (options.items, options.texts, options.maximumTokens) = (items, texts, maximumTokens)
    (options.asksByName, options.seed) = (asksByName, seed &+ UInt64(draw))
    return options
  }
}

/// A file of an embedding language model, and what reports call it.
public struct NamedElm: Sendable, Equatable, ExpressibleByStringLiteral {
  /// A name in the models folder, or a path.
  public var source: String
  /// nil leaves it to the file's name without its ending.
  public var name: String?

  public init(_ source: String, name: String? = nil) { (self.source, self.name) = (source, name) }

  /// The file of a source, without a name of its own.
  public init(stringLiteral source: String) { self.init(source) }

  /// What files, tables and hypotheses call it.
  public var title: String { name ?? ElmStore.name(of: source) }
}

extension NamedElm: Encodable {
  /// The source, or `{NAME: SOURCE}` for a file with a name of its own.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let name { try container.encode([name: source]) } else { try container.encode(source) }
  }
}
