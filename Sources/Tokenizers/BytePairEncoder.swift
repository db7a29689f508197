/// Byte-level BPE: pre-tokenised pieces, each merged from its bytes.
///
/// A byte whose character is not in the vocabulary is left out, as Hugging Face's tokenizers do for a model
/// without an unknown token.
struct BytePairEncoder: Sendable {
  let rule: PreTokenizer
  private let byteTokens: [Int32]
  private let ranking: MergeRanking
  /// Tokens by their bytes, for rules that take a whole piece.
  private let wholePieces: ByteTable?

  /// - Throws: ``TokenizerError`` for a merge that is malformed or speaks of forms without a token.
  init(
    merges: [String], rule: PreTokenizer, forms: ByteTable, vocabulary: [Token]
  ) throws(TokenizerError) {
    self.rule = rule
    byteTokens = ByteLevelAlphabet.scalars.map { forms.value(of: Array(String($0).utf8)) ?? -1 }
    var ranking = MergeRanking(ranks: PairTable(capacity: merges.count), unions: [])
    ranking.unions.reserveCapacity(merges.count)
    for (index, merge) in merges.enumerated() {
      let bytes = Array(merge.utf8)
      guard let space = bytes.dropFirst().firstIndex(of: 0x20), space + 1 < bytes.count else {
        throw .malformedMerge(index: index, text: merge)
      }
      let left = Array(bytes[..<space])
      let right = Array(bytes[(space + 1)...])
      var ids: [Int32] = []
      for form in [left, right, left + right] {
        guard let id = forms.value(of: form) else {
          throw .mergeWithoutToken(index: index, form: String(decoding: form, as: UTF8.self))
        }
        ids.append(id)
      }
      ranking.ranks.insert(ids[0], ids[1], UInt32(index))
      ranking.unions.append(ids[2])
    }
    self.ranking = ranking
    var whole = ByteTable(capacity: rule.takesWholePieces ? vocabulary.count : 0)
    if rule.takesWholePieces {
      for token in vocabulary where token.kind == .normal { whole.insert(token.bytes, Int32(token.id)) }
    }
    wholePieces = rule.takesWholePieces ? whole : nil
  }

  /// Appends the ids of ordinary text.
  func encode(
    _ text: Span<UInt8>, from start: Int, to end: Int, _ merger: inout PairMerger, into pieces: inout Pieces
  ) {
    PreTokenScanner(rule: rule).scan(text, from: start, to: end) { from, to in
      if let id = wholePieces?.value(of: text, from: from, to: to) {
        pieces.append(Int(id), from: from, to: to)
        return
      }
      merger.symbols.removeAll(keepingCapacity: true)
      for index in from..<to {
        let id = byteTokens[Int(text[index])]
        if id >= 0 { merger.symbols.append(Symbol(id: id, start: index, end: index + 1)) }
      }
      merger.merge(ranking, in: text) { pieces.append(Int($0.id), from: $0.start, to: $0.end) }
    }
  }
}
