internal import Foundation

/// What WordNet says of words: for each sense of a lemma its gloss, examples, synonyms and what it is a kind of.
///
/// Read from the same files as ``WordNet``, and from `cntlist.rev`, where the folder has it: how often each sense stands in
/// texts that people tagged (SemCor). About two seconds and 100 MB.
public struct WordNetDictionary: Sendable {
  /// One meaning of a word.
  public struct Sense: Sendable, Equatable {
    public let part: PartOfSpeech
    /// Equal for all words of the synset: its part of speech and the place of its line in the file.
    public let synset: String
    /// Words of the synset in its own order and spelling, with spaces, this one included.
    public let words: [String]
    /// The definition, without its examples.
    public let gloss: String
    public let examples: [String]
    /// What it is a kind of, the nearest first: of each hypernym the first word, up to the root.
    public let kinds: [String]
    /// How often it was tagged with this word; 0 where the folder has no counts.
    public let count: Int
  }

  private let synsets: [PartOfSpeech: [String: [Int32]]]
  private let data: [PartOfSpeech: WordNetData]
  /// Hypernym of each synset that has one.
  private let above: [Int32: Int32]
  /// By lemma, part of speech and number of the sense.
  private let counts: [String: Int]

  /// - Throws: `VocabularyError.file` for a file that cannot be read, `.malformedLine`.
  public init(folder: String = WordNet.debianFolder) throws(VocabularyError) {
    var (synsets, data): ([PartOfSpeech: [String: [Int32]]], [PartOfSpeech: WordNetData]) = ([:], [:])
    var total = 0
    for part in PartOfSpeech.allCases {
      let file = try WordFile(path: "\(folder)/data.\(part.rawValue)")
      let read = try WordNetData(file, part, firstSynset: total, withTexts: true)
      total += read.offsets.count
      synsets[part] = try WordNet.lemmas(WordFile(path: "\(folder)/index.\(part.rawValue)"), part, read)
      data[part] = read
    }
    var above: [Int32: Int32] = [:]
    for read in data.values {
      for pointer in read.pointers where pointer.symbol != "&" {
        guard let target = data[pointer.part]?.synset(at: pointer.offset) else {
          throw .malformedLine(
            path: read.path, line: pointer.line, expected: "a pointer to a synset",
            actual: "offset \(pointer.offset), where none starts")
        }
        if above[pointer.synset] == nil { above[pointer.synset] = target }
      }
    }
    (self.synsets, self.data, self.above) = (synsets, data, above)
    let counted = "\(folder)/cntlist.rev"
    counts = FileManager.default.fileExists(atPath: counted) ? try Self.counts(WordFile(path: counted)) : [:]
  }

  /// All lemmas, with `_` in place of spaces, in no order.
  public var lemmas: Set<String> { synsets.values.reduce(into: []) { $0.formUnion($1.keys) } }

  /// The senses of a lemma: those that are spelt like it before those that are names (`Turkey`), then the most frequent ones, then
  /// in the order of the files. Lemmas are in lower case, with `_` for a space.
  public func senses(of lemma: String) -> [Sense] {
    let all = PartOfSpeech.allCases.flatMap { part in
      (synsets[part]?[lemma] ?? []).enumerated().compactMap { number, synset in
        sense(lemma, part, synset, number: number + 1)
      }
    }
    let spelling = lemma.replacing("_", with: " ")
    return all.enumerated().sorted { a, b in
      let own = (a.element.words.contains(spelling), b.element.words.contains(spelling))
      if own.0 != own.1 { return own.0 }
      return (b.element.count, a.offset) < (a.element.count, b.offset)
    }.map(\.element)
  }

  private func sense(_ lemma: String, _ part: PartOfSpeech, _ synset: Int32, number: Int) -> Sense? {
    guard let read = data[part] else { return nil }
    let text = read.texts[Int(synset) - read.first]
    let (gloss, examples) = Self.parts(of: text.gloss)
    guard !gloss.isEmpty else { return nil }
    return Sense(
      part: part, synset: "\(part.rawValue)-\(read.offsets[Int(synset) - read.first])",
      words: text.words.map(Self.spelling), gloss: gloss, examples: examples, kinds: kinds(of: synset),
      count: counts[Self.key(lemma, part, number)] ?? 0)
  }

  private func kinds(of synset: Int32) -> [String] {
    var kinds: [String] = []
    var next = above[synset]
    // The database has no cycles; a damaged one ends here.
    while let current = next, kinds.count < 32 {
      if let read = data.values.first(where: { $0.holds(current) }),
        let word = read.texts[Int(current) - read.first].words.first
      {
        kinds.append(Self.spelling(word))
      }
      next = above[current]
    }
    return kinds
  }

  /// With spaces, without the mark of where an adjective stands: `galore(ip)`.
  private static func spelling(_ word: String) -> String {
    (word.split(separator: "(").first.map(String.init) ?? word).replacing("_", with: " ")
  }

  /// A gloss is a definition, then examples in quotes, all with semicolons between.
  static func parts(of text: String) -> (gloss: String, examples: [String]) {
    let marks = CharacterSet(charactersIn: "; ")
    guard let quote = text.firstIndex(of: "\""),
      text[..<quote].allSatisfy({ $0.isWhitespace })
        || text[..<quote].trimmingCharacters(in: .whitespaces).hasSuffix(";")
    else { return (plain(text.trimmingCharacters(in: marks)), []) }
    // Text between the quotes with odd numbers is what they hold.
    let examples = text[quote...].split(separator: "\"", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }.map { plain($0.element.trimmingCharacters(in: .whitespaces)) }
    return (
      plain(text[..<quote].trimmingCharacters(in: marks)), examples.filter { !$0.isEmpty }
    )
  }

  /// WordNet opens quotes with grave accents.
  private static func plain(_ text: String) -> String { text.replacing("`", with: "'") }

  // MARK: - Counts

  private static func key(_ lemma: String, _ part: PartOfSpeech, _ number: Int) -> String {
    "\(lemma) \(part.rawValue) \(number)"
  }

  /// `lemma%type:file:id:head:id sense_number tag_cnt`; types 1 to 5 are noun, verb, adjective, adverb, satellite.
  private static func counts(_ file: WordFile) throws(VocabularyError) -> [String: Int] {
    let parts: [Character: PartOfSpeech] = [
      "1": .noun, "2": .verb, "3": .adjective, "4": .adverb, "5": .adjective,
    ]
    var counts: [String: Int] = [:]
    try file.forEachLine { line throws(VocabularyError) in
      let key = try line.text("a sense key")
      let pieces = key.split(separator: "%", maxSplits: 1)
      guard pieces.count == 2, let mark = pieces[1].first, let part = parts[mark] else {
        throw line.malformed("a sense key, lemma%type:…", "\"\(key)\"")
      }
      let number = try line.number("the number of a sense", digits: 5)
      counts[Self.key(String(pieces[0]), part, number)] = try line.number("a count", digits: 8)
    }
    return counts
  }
}

extension WordNetData {
  /// Whether the synset of this number is one of this file's.
  fileprivate func holds(_ synset: Int32) -> Bool {
    Int(synset) >= first && Int(synset) < first + offsets.count
  }
}

extension PartOfSpeech {
  /// In full: `adjective`.
  public var words: String {
    switch self {
    case .noun, .verb: rawValue
    case .adjective: "adjective"
    case .adverb: "adverb"
    }
  }
}
