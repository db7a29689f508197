/// BPE of characters or bytes, with all that a `tokenizer.json` can ask of it: marks of continuation and of a word's end,
/// unknown tokens, bytes for unknown characters, pieces taken whole.
struct MergeEncoder: Sendable {
  private let rules: BytePairRules
  private let forms: ByteTable
  /// Ids of single bytes where pieces are bytes; else of ASCII characters alone.
  private let single: [Int32]
  private let isByteLevel: Bool
  private let wholePieces: ByteTable?
  private let ranking: MergeRanking
  private let byteTokens: [Int32]
  private let continuation: [UInt8]
  private let wordEnd: [UInt8]
  /// The scalars that some union has right before a `▁`; nil where text cannot be cut before one.
  private let joinsMark: Set<UInt32>?

  /// - Parameters:
  ///   - entries: the model's vocabulary.
  ///   - isByteLevel: whether entries spell bytes as GPT-2 does, and pieces arrive as those bytes.
  init(
    _ rules: BytePairRules, entries: [(bytes: [UInt8], id: Int32)], byteTokens: [Int32], isByteLevel: Bool
  ) throws(TokenizerError) {
    self.rules = rules
    self.isByteLevel = isByteLevel
    self.byteTokens = rules.fallsBackToBytes ? byteTokens : []
    (continuation, wordEnd) = (Array(rules.continuation.utf8), Array(rules.wordEnd.utf8))
    var forms = ByteTable(capacity: entries.count)
    for entry in entries { forms.insert(entry.bytes, entry.id) }
    self.forms = forms
    single =
      isByteLevel
      ? ByteLevelAlphabet.utf8.map { forms.value(of: $0) ?? -1 }
      : (0..<128).map { forms.value(of: [UInt8($0)]) ?? -1 }
    if rules.takesWholePieces, isByteLevel {
      var whole = ByteTable(capacity: entries.count)
      for entry in entries {
        guard let bytes = ByteLevelAlphabet.decode(String(decoding: entry.bytes, as: UTF8.self)) else {
          continue
        }
        whole.insert(bytes, entry.id)
      }
      wholePieces = whole
    } else {
      wholePieces = rules.takesWholePieces ? forms : nil
    }
    var ranking = MergeRanking(ranks: PairTable(capacity: rules.merges.count), unions: [])
    var pairs: [(Int32, Int32)] = []
    var joins: Set<UInt32> = []
    for (index, merge) in rules.merges.enumerated() {
      guard merge.count == 2 else { throw .malformedMerge(index: index, text: merge.joined(separator: " ")) }
      let left = Array(merge[0].utf8)
      let right = Array(merge[1].utf8)
      let union = left + right.dropFirst(continuation.count)
      var ids: [Int32] = []
      for form in [left, right, union] {
        guard let id = forms.value(of: form) else {
          throw .mergeWithoutToken(index: index, form: String(decoding: form, as: UTF8.self))
        }
        ids.append(id)
      }
      pairs.append((ids[0], ids[1]))
      ranking.unions.append(ids[2])
      SentencePieceEncoder.insertScalarsBeforeSpace(of: union.span, into: &joins)
    }
    // Of a pair that is listed twice the last counts.
    for (rank, pair) in pairs.enumerated().reversed() { ranking.ranks.insert(pair.0, pair.1, UInt32(rank)) }
    self.ranking = ranking
    let spellsBytes = rules.merges.contains { $0.contains { byteValue(of: $0) != nil } }
    joinsMark =
      isByteLevel || spellsBytes || rules.takesWholePieces || !rules.continuation.isEmpty
        || !rules.wordEnd.isEmpty
        || forms.value(of: SentencePieceEncoder.space) == nil ? nil : joins
  }

  /// Calls `body` with the parts of a piece between which nothing ever merges: a `▁` begins one where no union has
  /// the character before it in front of a `▁`.
  func cut(_ text: Span<UInt8>, from start: Int, to end: Int, _ body: (Int, Int) -> Void) {
    guard let joinsMark else { return body(start, end) }
    var pending = start
    var index = start
    var before = invalidScalar
    while index < end {
      let (scalar, length) = decodeScalar(text, at: index, limit: end)
      if scalar == SentencePieceEncoder.spaceScalar, index > pending, !joinsMark.contains(before) {
        body(pending, index)
        pending = index
      }
      before = scalar
      index += length
    }
    if pending < end { body(pending, end) }
  }

  func encode(
    _ text: Span<UInt8>, from start: Int, to end: Int, _ merger: inout PairMerger, into pieces: inout Pieces
  ) {
    if let id = wholePieces?.value(of: text, from: start, to: end) {
      pieces.append(Int(id), from: start, to: end)
      return
    }
    merger.symbols.removeAll(keepingCapacity: true)
    var unknown: Symbol?
    var index = start
    while index < end {
      let length = isByteLevel ? 1 : decodeScalar(text, at: index, limit: end).length
      let id = initial(text, index, index + length, start, end)
      if id >= 0 {
        if let symbol = unknown { merger.symbols.append(symbol) }
        unknown = nil
        merger.symbols.append(Symbol(id: id, start: index, end: index + length))
      } else if !appendBytes(text, index, index + length, start, end, &merger), let token = rules.unknown {
        if unknown != nil, rules.fusesUnknown {
          unknown?.end = index + length
        } else {
          if let symbol = unknown { merger.symbols.append(symbol) }
          unknown = Symbol(id: Int32(token), start: index, end: index + length)
        }
      }
      index += length
    }
    if let symbol = unknown { merger.symbols.append(symbol) }
    merger.merge(ranking, in: text) { pieces.append(Int($0.id), from: $0.start, to: $0.end) }
  }

  /// The token of one character of a piece, with the marks of its place; -1 where there is none.
  private func initial(_ text: Span<UInt8>, _ from: Int, _ to: Int, _ start: Int, _ end: Int) -> Int32 {
    if isByteLevel, continuation.isEmpty, wordEnd.isEmpty { return single[Int(text[from])] }
    let goesOn = from > start && !continuation.isEmpty
    let ends = to == end && !wordEnd.isEmpty
    guard goesOn || ends else {
      if text[from] < 0x80 { return single[Int(text[from])] }
      return forms.value(of: text, from: from, to: to) ?? -1
    }
    return forms.value(of: marked(text, from, to, start, end)) ?? -1
  }

  private func marked(_ text: Span<UInt8>, _ from: Int, _ to: Int, _ start: Int, _ end: Int) -> [UInt8] {
    var form = from > start ? continuation : []
    for index in from..<to { form.append(text[index]) }
    return to == end ? form + wordEnd : form
  }

  /// Appends a character's bytes as tokens, if there is one for each.
  private func appendBytes(
    _ text: Span<UInt8>, _ from: Int, _ to: Int, _ start: Int, _ end: Int, _ merger: inout PairMerger
  ) -> Bool {
    guard !byteTokens.isEmpty else { return false }
    let bytes = marked(text, from, to, start, end)
    guard bytes.allSatisfy({ byteTokens[Int($0)] >= 0 }) else { return false }
    for byte in bytes { merger.symbols.append(Symbol(id: byteTokens[Int(byte)], start: from, end: to)) }
    return true
  }
}
