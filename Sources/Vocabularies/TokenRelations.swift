public import Tokenizers

/// Which tokens of a vocabulary are semantically related.
///
/// Each token has the meanings it carries and the meanings it reaches; j is related to i when j carries one
/// that i reaches. A token without meanings is unknown. Spellings and inflections of one word (`Dog`, ` dog`,
/// ` dogs`) are told apart from related words: that they lie together says nothing about meaning.
public struct TokenRelations: Sendable, Equatable {
  /// Where the relations come from, in words.
  public let source: String
  /// What each token carries.
  let meanings: RaggedArray
  /// What each token reaches.
  let reach: RaggedArray
  /// The words that each token may be a form of.
  let words: RaggedArray

  /// Tokens that there are.
  public var count: Int { meanings.count }

  /// Tokens with a meaning, ascending.
  public var known: [Int] { (0..<count).filter { isKnown($0) } }

  /// Whether a token has a meaning.
  public func isKnown(_ row: Int) -> Bool { !meanings.range(row).isEmpty }

  /// Whether one token carries a meaning that the other reaches. A token is related to itself.
  public func areRelated(_ row: Int, _ other: Int) -> Bool { reach.meets(row, meanings, other) }

  /// Whether two tokens can be forms of one word.
  public func areSameWord(_ row: Int, _ other: Int) -> Bool { words.meets(row, words, other) }

  /// The word that each token spells, in lower case; nil where a token is no word.
  ///
  /// A word is letters only, of any script.
  /// - Parameters:
  ///   - tokens: in row order.
  ///   - wholeWords: take only tokens that start a word; without it, `ate` of `d-ate` counts as the verb. Turn
  ///     it off for vocabularies that do not mark the word start.
  public static func words(of tokens: [Token], wholeWords: Bool = true) -> [String?] {
    tokens.map { token in
      guard let form = CanonicalForm(token), !form.isSpecial, token.kind != .byte,
        form.startsWord || !wholeWords, let text = String(validating: form.bytes, as: UTF8.self),
        !text.isEmpty,
        text.unicodeScalars.allSatisfy(\.properties.isAlphabetic)
      else { return nil }
      return text.lowercased()
    }
  }

  /// Tokens related by class: digits with digits, continuations with continuations. For vocabularies in
  /// languages without a database; it measures sorting by form, not by meaning.
  public init(classes: [TokenClass]) {
    source = "token classes"
    let numbers = Dictionary(
      uniqueKeysWithValues: TokenClass.allCases.enumerated().map { ($1, Int32($0)) })
    let known = classes.map { tokenClass -> [Int32] in
      [.unused, .bytes].contains(tokenClass) ? [] : numbers[tokenClass].map { [$0] } ?? []
    }
    meanings = RaggedArray(known)
    reach = meanings
    words = RaggedArray(classes.map { _ in [] })
  }

  /// Tokens whose words a user's file relates, directly. Words that the file does not name are unknown.
  ///
  /// - Parameter words: from ``words(of:wholeWords:)``.
  public init(_ file: RelationFile, words: [String?]) {
    source = "the relation file \(file.path)"
    var numbers: [String: Int32] = [:]
    func number(_ word: String) -> Int32 {
      if let number = numbers[word] { return number }
      defer { numbers[word] = Int32(numbers.count) }
      return Int32(numbers.count)
    }
    var related: [Int32: [Int32]] = [:]
    for pair in file.pairs {
      let (first, second) = (number(pair.first), number(pair.second))
      related[first, default: [first]].append(second)
      related[second, default: [second]].append(first)
    }
    let own = words.map { word in word.flatMap { numbers[$0] }.map { [$0] } ?? [] }
    meanings = RaggedArray(own)
    reach = RaggedArray(own.map { $0.first.flatMap { related[$0] } ?? [] })
    self.words = meanings
  }

  /// Tokens whose words share a synset of WordNet, or have synsets at most `steps` apart.
  ///
  /// Inflected words have the synsets of their lemmas. Function words are not in WordNet but for namesakes
  /// (`in` the inch, `he` helium), which stay. O(tokens · synsets reached).
  ///
  /// - Parameters:
  ///   - words: from ``words(of:wholeWords:)``.
  ///   - steps: 0 is synonyms only; 1 adds hypernyms, hyponyms and similar adjectives; 2 adds, among others,
  ///     siblings, such as the months: more tokens are related, and more by chance.
  /// - Precondition: `steps` is not negative.
  public init(_ wordNet: WordNet, words: [String?], steps: Int = 1) {
    precondition(steps >= 0, "\(steps) steps")
    source = "WordNet, synsets at most \(steps) \(steps == 1 ? "step" : "steps") apart"
    var numbers: [String: Int32] = [:]
    var (meanings, reach, spelled) = (RaggedArray(), RaggedArray(), RaggedArray())
    for word in words {
      var (own, lemmas): ([Int32], [Int32]) = ([], [])
      for found in word.map({ wordNet.lemmas(of: $0) }) ?? [] {
        own += wordNet.synsets[found.part]?[found.lemma] ?? []
        let number = numbers[found.lemma] ?? Int32(numbers.count)
        numbers[found.lemma] = number
        lemmas.append(number)
      }
      meanings.append(own)
      reach.append(wordNet.within(steps, of: own))
      spelled.append(lemmas)
    }
    (self.meanings, self.reach, self.words) = (meanings, reach, spelled)
  }
}

extension WordNet {
  /// The synsets at most so many steps from one of these.
  func within(_ distance: Int, of start: [Int32]) -> [Int32] {
    var reached = Set(start)
    var front = Array(reached)
    for _ in 0..<distance {
      var next: [Int32] = []
      for synset in front {
        for neighbour in steps[Int(synset)] where reached.insert(neighbour).inserted {
          next.append(neighbour)
        }
      }
      front = next
    }
    return Array(reached)
  }
}
