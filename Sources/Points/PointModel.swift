internal import Checkpoints
public import Files
public import Steering
public import Stores
public import Tokenizers
internal import Transformers
internal import Workflow

/// A model as points are asked about it: its store, and its blocks where the checkpoint is at hand.
public struct PointModel: Sendable {
  public let name: String
  public let store: EmbeddingStore
  /// The vocabulary, one token a row.
  public let tokens: [Token]
  /// The blocks; nil with a store alone.
  public let runnable: NamedModel?
  /// Why there are no blocks; nil where there are.
  public let gap: PointGap?

  /// Cost: reads the vocabulary.
  /// - Parameter runnable: the model that the store was imported from, or why it can't be had.
  public init(
    _ name: String, _ store: EmbeddingStore, runnable: Result<NamedModel, PointGap>
  ) throws(StoreError) {
    (self.name, self.store) = (name, store)
    tokens = try store.readTokens()
    switch runnable {
    case .success(let model): (self.runnable, gap) = (model, nil)
    case .failure(let gap): (self.runnable, self.gap) = (nil, gap)
    }
  }

  public var width: Int { store.width }
  public var blocks: Int? { runnable?.model.configuration.blockCount }

  /// The model as files name it.
  public var identity: ModelIdentity {
    ModelIdentity(
      name: name, hash: store.provenance.sourceSHA256, tokenizerHash: store.provenance.tokenizerSHA256)
  }

  /// All spaces, as an error lists them.
  var spaces: String { PointSpace.list(blocks: blocks, width: width) }

  /// A token as reports print it, with ▁ for the start of a word.
  public func word(_ id: Int) -> String { tokens[id].word }

  /// A token as the language of points writes its text: as it is, a control token by its spelling; nil where the bytes are no text.
  func text(_ token: Token) -> String? {
    token.kind == .control ? token.form : String(validating: token.bytes, as: UTF8.self)
  }

  /// The row of the token with this text; of an ordinary one before a byte token.
  func row(of text: String) -> Int? {
    let bytes = Array((text.hasPrefix("▁") ? " " + text.dropFirst() : text).utf8)
    let fits = tokens.filter { $0.kind != .unused && !bytes.isEmpty && $0.bytes == bytes }
    return fits.first { $0.kind == .normal }?.id ?? fits.first?.id
      ?? tokens.first { $0.kind == .control && $0.form == text }?.id
  }

  /// Tokens whose text is like this one, the nearest first, with a space before it or without; at most `count`.
  ///
  /// Texts of at least half of its letters count that differ in case, in the leading space, or in a third of their letters.
  func spellings(near text: String, count: Int = 3) -> [String] {
    let word = text.trimmingPrefix(while: { $0 == " " || $0 == "▁" })
    guard !word.isEmpty else { return [] }
    var found: [(text: String, distance: Int)] = []
    let limit = max(1, word.count / 3)
    for token in tokens
    where token.kind == .normal && abs(token.bytes.count - word.utf8.count) <= 4 * limit + 1 {
      guard let spelling = self.text(token) else { continue }
      let letters = spelling.trimmingPrefix(while: { $0 == " " })
      guard abs(letters.count - word.count) <= limit,
        let distance = distance(String(word), String(letters), atMost: limit)
      else { continue }
      // Of two that are as near, the one with the same leading space.
      let spaced = spelling.hasPrefix(" ") == (text.hasPrefix(" ") || text.hasPrefix("▁"))
      let length = abs(letters.count - word.count)
      found.append((spelling, 5 * distance + length + (letters == word ? 0 : 1) + (spaced ? 0 : 2)))
    }
    return found.sorted { ($0.distance, $0.text) < ($1.distance, $1.text) }.prefix(count).map(\.text)
  }

  /// Levenshtein's distance without case; nil above the limit.
  private func distance(_ a: String, _ b: String, atMost limit: Int) -> Int? {
    let (a, b) = (Array(a.lowercased()), Array(b.lowercased()))
    var row = Array(0...b.count)
    for i in a.indices {
      var (corner, least) = (row[0], i + 1)
      row[0] = i + 1
      for j in b.indices {
        let best = min(row[j + 1] + 1, row[j] + 1, corner + (a[i] == b[j] ? 0 : 1))
        (corner, row[j + 1]) = (row[j + 1], best)
        least = min(least, best)
      }
      if least > limit { return nil }
    }
    return row[b.count] <= limit ? row[b.count] : nil
  }
}

/// Why a part of a reading can't be had, and which command makes what it needs.
public struct PointGap: Failure, Equatable, Codable {
  public let reason: String
  /// A command, or what to do in words; nil where nothing helps.
  public let remedy: String?

  public init(_ reason: String, remedy: String? = nil) { (self.reason, self.remedy) = (reason, remedy) }

  /// As one sentence.
  public var words: String { reason + (remedy.map { ": " + $0 } ?? "") }

  public var description: String { words }
  public var kind: FailureKind { .badInput }
}
