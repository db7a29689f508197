/// A class of words that WordNet keeps in files of its own.
public enum PartOfSpeech: String, CaseIterable, Sendable {
  case noun
  case verb
  case adjective = "adj"
  case adverb = "adv"

  /// The letters that mark it; an adjective's satellites have their own.
  init?(_ mark: ArraySlice<UInt8>) {
    guard mark.count == 1, let letter = mark.first else { return nil }
    switch letter {
    case UInt8(ascii: "n"): self = .noun
    case UInt8(ascii: "v"): self = .verb
    case UInt8(ascii: "a"), UInt8(ascii: "s"): self = .adjective
    case UInt8(ascii: "r"): self = .adverb
    default: return nil
    }
  }
}

/// English words, the meanings they share, and how the meanings hang together.
///
/// Read from the files of the WordNet database (Fellbaum 1998; Debian's `wordnet-base`), as wndb(5WN) and
/// morphy(7WN) describe them: `index.*` gives each lemma's synsets, `data.*` gives each synset's words and
/// pointers, `*.exc` gives irregular inflections; nouns, verbs, adjectives and adverbs. Two synsets are a
/// step apart when one is a hypernym (or the class of an instance) of the other, or when two adjectives are
/// marked as similar, the nearest that adjectives have to a hierarchy.
///
/// A whole database takes about a second and 50 MB. Every field that is read is checked: offsets against the
/// place of their line, counts against the fields, each pointer and index entry against the synsets there are.
public struct WordNet: Sendable {
  /// Synsets of each lemma, by part of speech, ascending.
  let synsets: [PartOfSpeech: [String: [Int32]]]
  /// Irregular forms and their lemmas.
  let exceptions: [PartOfSpeech: [String: [String]]]
  /// The synsets a step away from each synset.
  let steps: RaggedArray

  /// Where Debian's `wordnet-base` puts the files.
  public static let debianFolder = "/usr/share/wordnet"

  /// Synsets of all parts of speech.
  public var synsetCount: Int { steps.count }
  /// Lemmas, one counted in each part of speech that it has.
  public var lemmaCount: Int { synsets.values.reduce(0) { $0 + $1.count } }

  /// - Parameter folder: it holds `index.*`, `data.*` and `*.exc`, for `noun`, `verb`, `adj` and `adv`.
  /// - Throws: `VocabularyError.file` for a file that cannot be read, `.malformedLine`.
  public init(folder: String = WordNet.debianFolder) throws(VocabularyError) {
    var data: [PartOfSpeech: WordNetData] = [:]
    var total = 0
    for part in PartOfSpeech.allCases {
      let file = try WordFile(path: "\(folder)/data.\(part.rawValue)")
      let read = try WordNetData(file, part, firstSynset: total)
      total += read.offsets.count
      data[part] = read
    }
    var edges: [(Int32, Int32)] = []
    for read in data.values {
      for pointer in read.pointers {
        guard let target = data[pointer.part]?.synset(at: pointer.offset) else {
          throw .malformedLine(
            path: read.path, line: pointer.line, expected: "a pointer to a synset",
            actual: "offset \(pointer.offset), where none starts")
        }
        edges.append((pointer.synset, target))
        edges.append((target, pointer.synset))
      }
    }
    steps = RaggedArray(count: total, edges)
    var synsets: [PartOfSpeech: [String: [Int32]]] = [:]
    var exceptions: [PartOfSpeech: [String: [String]]] = [:]
    for part in PartOfSpeech.allCases {
      guard let read = data[part] else { continue }
      synsets[part] = try Self.lemmas(WordFile(path: "\(folder)/index.\(part.rawValue)"), part, read)
        .mapValues { $0.sorted() }
      exceptions[part] = try Self.exceptions(WordFile(path: "\(folder)/\(part.rawValue).exc"))
    }
    self.synsets = synsets
    self.exceptions = exceptions
  }

  /// `lemma pos synset_cnt p_cnt [symbol…] sense_cnt tagsense_cnt offset [offset…]`
  ///
  /// - Returns: the synsets of each lemma, the most frequent first.
  static func lemmas(
    _ file: WordFile, _ part: PartOfSpeech, _ data: WordNetData
  ) throws(VocabularyError) -> [String: [Int32]] {
    var lemmas: [String: [Int32]] = [:]
    try file.forEachLine { line throws(VocabularyError) in
      if line.isIndented { return }
      let lemma = try line.text("a lemma")
      let mark = line.field()
      guard PartOfSpeech(mark) == part else { throw line.malformed("the mark of a \(part.rawValue)", mark) }
      let count = try line.number("a count of synsets", digits: 5)
      let symbols = try line.number("a count of pointer symbols", digits: 3)
      for _ in 0..<symbols { _ = try line.text("a pointer symbol") }
      let senses = try line.number("a count of senses", digits: 5)
      guard senses == count, count > 0 else {
        throw line.malformed("as many senses as synsets, at least 1", "\(senses) and \(count)")
      }
      _ = try line.number("a count of tagged senses", digits: 5)
      var found: [Int32] = []
      for _ in 0..<count {
        let offset = try line.number("the offset of a synset", digits: 8)
        guard let synset = data.synset(at: offset) else {
          throw line.malformed("the offset of a synset", "\(offset), where none starts")
        }
        found.append(synset)
      }
      try line.finish()
      guard lemmas.updateValue(found, forKey: lemma) == nil else {
        throw line.malformed("each lemma once", "\"\(lemma)\" again")
      }
    }
    return lemmas
  }

  /// `form lemma [lemma…]`
  private static func exceptions(_ file: WordFile) throws(VocabularyError) -> [String: [String]] {
    var exceptions: [String: [String]] = [:]
    try file.forEachLine { line throws(VocabularyError) in
      let form = try line.text("an inflected form")
      repeat { exceptions[form, default: []].append(try line.text("its lemma")) } while !line.isAtEnd
    }
    return exceptions
  }
}
