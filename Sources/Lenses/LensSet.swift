internal import Files
public import Tokenizers

/// Prompts with words that should be readable in the residual stream before the answer: the intermediate steps of a thought.
public struct LensSet: Sendable, Equatable {
  /// A prompt, and what should be readable in its states before the answer.
  public struct Item: Sendable, Equatable, Codable {
    public let name: String
    public let prompt: String
    public let intermediates: [String]
  }

  public let name: String
  public let items: [Item]

  /// The same under another name.
  package func renamed(_ name: String) -> LensSet { LensSet(name: name, items: items) }

  /// Reads a set: an object with `items`, each with `prompt` and `intermediates` (texts) and maybe `name` and `target`.
  /// - Throws: `FileError` naming the item.
  public static func load(_ path: String) throws -> LensSet {
    let document = try JSONReader.read(path: path)
    func fault(_ place: String, _ expected: String, _ found: JSON?) -> FileError {
      .entry(path: path, place: place, expected: expected, actual: found?.kind ?? "nothing")
    }
    guard let entries = document["items"]?.array, !entries.isEmpty else {
      throw fault("items", "an array of items", document["items"])
    }
    var items: [Item] = []
    for (index, entry) in entries.enumerated() {
      guard let prompt = entry["prompt"]?.string, !prompt.isEmpty else {
        throw fault("items[\(index)].prompt", "a text", entry["prompt"])
      }
      let words = entry["intermediates"]?.array?.compactMap { $0.string } ?? []
      guard !words.isEmpty, words.count == entry["intermediates"]?.array?.count,
        words.allSatisfy({ !$0.isEmpty })
      else { throw fault("items[\(index)].intermediates", "an array of texts", entry["intermediates"]) }
      items.append(
        Item(name: entry["name"]?.string ?? "\(index)", prompt: prompt, intermediates: words))
    }
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return LensSet(name: file.hasSuffix(".json") ? String(file.dropLast(5)) : file, items: items)
  }
}

/// Words as single tokens of a vocabulary.
///
/// A word counts in each form that is one token: as it is and with a capital, at the start of a word and inside; a number also as
/// a word (`5`, `five`), an operation of arithmetic also by its sign and its other names, as the sets' authors have it.
public struct WordForms: Sendable {
  private let ids: [[UInt8]: [Int]]

  public init(_ tokenizer: Tokenizer) {
    var ids: [[UInt8]: [Int]] = [:]
    for token in tokenizer.vocabulary where token.kind == .normal {
      ids[token.bytes, default: []].append(token.id)
    }
    self.ids = ids
  }

  /// The tokens of a word, in no order that means anything; empty where none of its forms is one token.
  public func tokens(of word: String) -> [Int] {
    let forms = Self.synonyms(of: word).flatMap { [$0, $0.prefix(1).uppercased() + $0.dropFirst()] }
    return Array(
      Set(forms.flatMap { form in [form, " " + form].flatMap { ids[Array($0.utf8)] ?? [] } })
    ).sorted()
  }

  private static let numbers: KeyValuePairs = [
    "0": "zero", "1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven",
    "8": "eight", "9": "nine", "10": "ten", "11": "eleven", "12": "twelve", "13": "thirteen",
    "14": "fourteen",
    "15": "fifteen", "16": "sixteen", "17": "seventeen", "18": "eighteen", "19": "nineteen", "20": "twenty",
    "30": "thirty", "40": "forty", "50": "fifty", "60": "sixty", "70": "seventy", "80": "eighty",
    "90": "ninety",
  ]
  private static let operations: KeyValuePairs = [
    "addition": ["+", "add", "plus", "sum"], "subtraction": ["-", "subtract", "minus"],
    "multiplication": ["*", "multiply", "times", "product"],
    "division": ["/", "divide", "divided", "quotient"],
  ]

  private static func synonyms(of word: String) -> [String] {
    [word] + numbers.compactMap { $0.key == word ? $0.value : $0.value == word ? $0.key : nil }
      + operations.flatMap { $0.key == word.lowercased() ? $0.value : [] }
  }
}
