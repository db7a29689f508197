/// SentencePiece's BPE: characters merge into pieces of the vocabulary, highest score first; a character
/// that is no piece becomes its bytes.
///
/// Kudo and Richardson, "SentencePiece" (2018); its `bpe_model.cc`. Text arrives with spaces written `▁`.
struct SentencePieceEncoder: Sendable {
  /// UTF-8 of `▁`, U+2581.
  static let space: [UInt8] = [0xe2, 0x96, 0x81]
  static let spaceScalar: UInt32 = 0x2581

  let addSpacePrefix: Bool
  private let ranking: ScoreRanking
  private let byteTokens: [Int32]
  private let unknown: Int32
  /// The scalars that some piece has right before a `▁`. Between any other and a `▁` nothing ever merges,
  /// so the text can be cut there, which keeps the heap small.
  private let joinsSpace: Set<UInt32>

  /// Pieces by their bytes, ranked by score; equal scores share a rank.
  private struct ScoreRanking: PairRanking {
    var pieces: ByteTable
    var ranks: [UInt32]

    func rank(_ left: Symbol, _ right: Symbol, in text: Span<UInt8>) -> (rank: UInt32, id: Int32)? {
      guard let id = pieces.value(of: text, from: left.start, to: right.end) else { return nil }
      return (ranks[Int(id)], id)
    }
  }

  /// - Parameter pieces: the bytes, with `▁` for space, and ids of all tokens that text can become.
  init(
    pieces: [(bytes: [UInt8], id: Int32)], scores: [Float], byteTokens: [Int32], unknown: Int?,
    addSpacePrefix: Bool
  ) {
    self.addSpacePrefix = addSpacePrefix
    self.byteTokens = byteTokens
    self.unknown = unknown.map(Int32.init) ?? -1
    var table = ByteTable(capacity: pieces.count)
    var joins: Set<UInt32> = []
    for piece in pieces where !piece.bytes.isEmpty {
      table.insert(piece.bytes, piece.id)
      Self.insertScalarsBeforeSpace(of: piece.bytes.span, into: &joins)
    }
    ranking = ScoreRanking(pieces: table, ranks: Self.ranks(of: scores))
    joinsSpace = joins
  }

  /// Appends the ids of ordinary text whose spaces are written `▁`.
  func encode(
    _ text: Span<UInt8>, from start: Int, to end: Int, _ merger: inout PairMerger, into pieces: inout Pieces
  ) {
    var index = start
    var before = invalidScalar
    merger.symbols.removeAll(keepingCapacity: true)
    while index < end {
      let (scalar, length) = decodeScalar(text, at: index, limit: end)
      if scalar == Self.spaceScalar, !joinsSpace.contains(before) { flush(text, &merger, into: &pieces) }
      merger.symbols.append(Symbol(id: -1, start: index, end: index + length))
      before = scalar
      index += length
    }
    flush(text, &merger, into: &pieces)
  }

  /// Merges what has been gathered.
  private func flush(_ text: Span<UInt8>, _ merger: inout PairMerger, into pieces: inout Pieces) {
    merger.merge(ranking, in: text) { symbol in
      if symbol.id >= 0 {
        pieces.append(Int(symbol.id), from: symbol.start, to: symbol.end)
      } else if let id = ranking.pieces.value(of: text, from: symbol.start, to: symbol.end) {
        pieces.append(Int(id), from: symbol.start, to: symbol.end)
      } else {
        appendBytes(text, symbol, into: &pieces)
      }
    }
    merger.symbols.removeAll(keepingCapacity: true)
  }

  /// The byte tokens of a character; the unknown token, if there is one, where any of them is missing.
  private func appendBytes(_ text: Span<UInt8>, _ symbol: Symbol, into pieces: inout Pieces) {
    let range = symbol.start..<symbol.end
    if range.allSatisfy({ byteTokens[Int(text[$0])] >= 0 }) {
      for index in range {
        pieces.append(Int(byteTokens[Int(text[index])]), from: symbol.start, to: symbol.end)
      }
    } else if unknown >= 0 {
      pieces.append(Int(unknown), from: symbol.start, to: symbol.end)
    }
  }

  private static func ranks(of scores: [Float]) -> [UInt32] {
    var ranks = [UInt32](repeating: 0, count: scores.count)
    var rank: UInt32 = 0
    var last = Float.infinity
    for id in scores.indices.sorted(by: { scores[$0] > scores[$1] }) {
      if scores[id] < last { rank += 1 }
      last = scores[id]
      ranks[id] = rank
    }
    return ranks
  }

  /// The scalars right before a `▁` of a piece.
  static func insertScalarsBeforeSpace(of piece: Span<UInt8>, into set: inout Set<UInt32>) {
    var index = 0
    var before = invalidScalar
    while index < piece.count {
      let (scalar, length) = decodeScalar(piece, at: index, limit: piece.count)
      if scalar == spaceScalar, index > 0 { set.insert(before) }
      before = scalar
      index += length
    }
  }
}
