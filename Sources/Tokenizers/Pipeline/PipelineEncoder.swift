/// Text to ids by the stages of a ``TextPipeline``.
struct PipelineEncoder: Sendable {
  let pipeline: TextPipeline
  private let raw: AddedTokens
  private let normalized: AddedTokens
  private let model: Model
  /// Whether the model knows pieces by their bytes, so that the last ByteLevel need not write GPT-2's characters.
  private let keepsBytes: Bool

  /// What added tokens that are looked for in normalised text are decoded to: that text.
  let decodedForms: [Int: [UInt8]]

  private enum Model: Sendable {
    case merges(MergeEncoder)
    case wordPiece(WordPieceEncoder)
    case unigram(UnigramEncoder)
    case words(ByteTable, unknown: Int?)
    case scored(SentencePieceEncoder)
  }

  /// - Throws: ``TokenizerError`` for a model that does not fit the vocabulary.
  init(_ pipeline: TextPipeline, forms: [String], types: [TokenType]) throws(TokenizerError) {
    self.pipeline = pipeline
    raw = AddedTokens(pipeline.added.filter { !$0.isNormalized }) { Array($0.form.utf8) }
    let normalizers = pipeline.normalizers
    var decodedForms: [Int: [UInt8]] = [:]
    for token in pipeline.added where token.isNormalized {
      let form = Array(token.form.utf8)
      decodedForms[token.id] =
        pipeline.isSentencePiece ? replacingSpaces(in: form) : normalizers.reduce(form) { $1.apply($0) }
    }
    normalized = AddedTokens(pipeline.added.filter(\.isNormalized)) { decodedForms[$0.id] ?? [] }
    self.decodedForms = decodedForms
    keepsBytes = Self.keepsBytes(pipeline)
    var control = Set<Int>()
    for token in pipeline.added where token.isSpecial { control.insert(token.id) }
    var entries: [(bytes: [UInt8], id: Int32)] = []
    var byteTokens = [Int32](repeating: -1, count: 256)
    for (id, form) in forms.enumerated() where pipeline.isInModel[id] {
      entries.append((Array(form.utf8), Int32(id)))
      if let byte = byteValue(of: form) { byteTokens[Int(byte)] = Int32(id) }
    }
    // Text never spells a control token by way of the model.
    var ordinary = entries.filter { !control.contains(Int($0.id)) }
    var lowest = entries
    if pipeline.isSentencePiece, !types.isEmpty {
      lowest = entries.filter { types[Int($0.id)] == .normal }
      ordinary = ordinary.filter { [.normal, .userDefined].contains(types[Int($0.id)]) }
    }
    switch pipeline.model {
    case .bytePair(let rules):
      model = .merges(
        try MergeEncoder(rules, entries: entries, byteTokens: byteTokens, isByteLevel: keepsBytes))
    case .wordPiece(let unknown, let continuation, let longest):
      model = .wordPiece(
        WordPieceEncoder(
          entries: ordinary, unknown: unknown, continuation: Array(continuation.utf8), longest: longest))
    case .unigram(let scores, let unknown, let fallsBack):
      model = .unigram(
        UnigramEncoder(
          entries: ordinary, scores: scores, lowest: lowest.map { scores[Int($0.id)] }.min() ?? 0,
          unknown: unknown,
          byteTokens: fallsBack ? byteTokens : [], isSingle: pipeline.isSentencePiece))
    case .wordLevel(let unknown):
      var table = ByteTable(capacity: ordinary.count)
      for entry in ordinary { table.insert(entry.bytes, entry.id) }
      model = .words(table, unknown: unknown)
    case .scoredPairs(let scores, let unknown):
      let pieces = entries.filter { entry in
        let type = types.isEmpty ? .normal : types[Int(entry.id)]
        return type == .normal || type == .userDefined || type == .unused
      }
      model = .scored(
        SentencePieceEncoder(
          pieces: pieces, scores: scores, byteTokens: byteTokens, unknown: unknown, addSpacePrefix: false))
    }
  }

  private static func keepsBytes(_ pipeline: TextPipeline) -> Bool {
    guard case .bytePair(let rules) = pipeline.model, case .byteLevel = pipeline.cutters.last else {
      return false
    }
    let earlier = pipeline.cutters.dropLast().contains { if case .byteLevel = $0 { true } else { false } }
    return !earlier && !rules.fallsBackToBytes && rules.continuation.isEmpty && rules.wordEnd.isEmpty
  }

  // MARK: - Encoding

  /// What one call needs beside the tables.
  private struct Scratch {
    var merger = PairMerger()
    var unigram = UnigramEncoder.Scratch()
    var cache: PieceCache?
  }

  /// - Parameter seam: a place in `bytes`, where the second part of a text in two begins.
  func encode(_ bytes: [UInt8], parsingSpecial: Bool, seam: Int, into pieces: inout Pieces) {
    var scratch = Scratch()
    raw.split(bytes.span, includingSpecial: parsingSpecial) { part in
      switch part {
      case .token(let id, let start, let end):
        pieces.setSeam(seam)
        pieces.append(Int(id), from: start, to: end)
      case .text(let start, let end):
        let text = start == 0 && end == bytes.count ? bytes : Array(bytes[start..<end])
        encodePart(
          text, isFirst: start == 0, parsingSpecial,
          seam: seam <= start ? 0 : seam < end ? seam - start : .max,
          &scratch, into: &pieces)
      }
    }
  }

  private func normalize(_ text: [UInt8]) -> [UInt8] {
    pipeline.normalizers.reduce(text) { $1.apply($0) }
  }

  private func encodePart(
    _ part: [UInt8], isFirst: Bool, _ parsingSpecial: Bool, seam: Int, _ scratch: inout Scratch,
    into pieces: inout Pieces
  ) {
    let text = normalize(part)
    var (seam, endOfFirst) = (seam, seam)
    if seam > 0, seam < .max, !pipeline.normalizers.isEmpty {
      let first = normalize(Array(part[..<seam]))
      seam = zip(text, first).prefix { $0 == $1 }.count
      endOfFirst = first.count
    }
    guard !normalized.isEmpty else {
      encode(text, isFirst: isFirst, seam, endOfFirst, &scratch, into: &pieces)
      return
    }
    normalized.split(text.span, includingSpecial: parsingSpecial) { part in
      switch part {
      case .token(let id, let start, let end):
        pieces.setSeam(seam, endOfFirst: endOfFirst)
        pieces.append(Int(id), from: start, to: end)
      case .text(let start, let end):
        func within(_ place: Int) -> Int { place <= start ? 0 : place < end ? place - start : .max }
        encode(
          start == 0 && end == text.count ? text : Array(text[start..<end]), isFirst: isFirst && start == 0,
          within(seam), within(endOfFirst), &scratch, into: &pieces)
      }
    }
  }

  private func encode(
    _ text: [UInt8], isFirst: Bool, _ seam: Int, _ endOfFirst: Int, _ scratch: inout Scratch,
    into pieces: inout Pieces
  ) {
    var cut = CutText(text, isFirst: isFirst, seam: seam, endOfFirst: endOfFirst)
    for (index, cutter) in pipeline.cutters.enumerated() {
      cut.apply(cutter, keepsBytes: keepsBytes && index == pipeline.cutters.count - 1)
    }
    pieces.setSeam(cut.seam, endOfFirst: cut.endOfFirst)
    if scratch.cache == nil, cut.text.count > 256 { scratch.cache = PieceCache(pieces: cut.text.count / 4) }
    let span = cut.text.span
    for piece in cut.pieces {
      encode(span, piece, &scratch.merger, &scratch.unigram, &scratch.cache, into: &pieces)
    }
  }

  private func encode(
    _ text: Span<UInt8>, _ piece: CutText.Piece, _ merger: inout PairMerger,
    _ unigram: inout UnigramEncoder.Scratch, _ cache: inout PieceCache?, into pieces: inout Pieces
  ) {
    switch model {
    case .merges(let encoder):
      encoder.cut(text, from: piece.start, to: piece.end) { start, end in
        Self.cached(text, start, end, &cache, into: &pieces) { pieces in
          encoder.encode(text, from: start, to: end, &merger, into: &pieces)
        }
      }
    case .wordPiece(let encoder):
      Self.cached(text, piece.start, piece.end, &cache, into: &pieces) { pieces in
        encoder.encode(text, from: piece.start, to: piece.end, into: &pieces)
      }
    case .unigram(let encoder):
      Self.cached(text, piece.start, piece.end, &cache, into: &pieces) { pieces in
        encoder.encode(text, from: piece.start, to: piece.end, &unigram, into: &pieces)
      }
    case .words(let table, let unknown):
      let id = table.value(of: text, from: piece.start, to: piece.end).map(Int.init) ?? unknown
      if let id { pieces.append(id, from: piece.start, to: piece.end) }
    case .scored(let encoder):
      encoder.encode(text, from: piece.start, to: piece.end, &merger, into: &pieces)
    }
  }

  private static func cached(
    _ text: Span<UInt8>, _ start: Int, _ end: Int, _ cache: inout PieceCache?, into pieces: inout Pieces,
    _ encode: (inout Pieces) -> Void
  ) {
    if cache == nil {
      encode(&pieces)
    } else {
      cache?.append(text, from: start, to: end, into: &pieces, encode)
    }
  }
}
