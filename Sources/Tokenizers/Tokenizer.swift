/// Text to token ids and back, as the model was trained with.
///
/// Encoding: tokens that stand for themselves are found first (control tokens only on request, user-defined
/// tokens always), the text between them is cut and merged by the model's algorithm. Equal to Hugging Face's
/// tokenizers for the supported rules. An immutable value; safe to share between threads.
///
/// Cost: building is linear in the vocabulary; encoding n bytes is O(n log n) at worst, O(n) for text with words.
public struct Tokenizer: Sendable {
  /// One row for each token; the index is the id.
  public let vocabulary: [Token]
  public let beginOfSequence: Int?
  public let endOfSequence: Int?
  /// All ids after which generation stops: end of sequence, end of turn, and control tokens known by name.
  public let endOfTurn: Set<Int>
  /// The definition's Jinja source; see ``chatTemplate()``.
  public let chatTemplateSource: String?

  /// Ids from this one on only pad the vocabulary; see ``TokenizerDefinition/namedCount``.
  public let namedCount: Int

  /// Ids before and behind a text.
  private let begin: [Int]
  private let end: [Int]
  private let forms: ByteTable
  private let special: SpecialTokens
  private let encoder: Encoder

  private enum Encoder: Sendable {
    case bytePair(BytePairEncoder)
    case sentencePiece(SentencePieceEncoder)
    case pipeline(PipelineEncoder)
  }

  /// Control tokens that end a turn in the families that we know.
  private static let turnEnds: Set<String> = [
    "<|im_end|>", "<|endoftext|>", "<end_of_turn>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>",
  ]

  /// Checks a definition and builds its tables.
  ///
  /// - Throws: ``TokenizerError`` for counts, ids, scores or merges that do not fit the vocabulary.
  public init(_ definition: TokenizerDefinition) throws(TokenizerError) {
    try definition.validate()
    vocabulary = try makeVocabulary(
      forms: definition.forms, types: definition.types, spelling: definition.spelling)
    namedCount = definition.namedCount
    beginOfSequence = definition.beginOfSequence
    endOfSequence = definition.endOfSequence
    if case .pipeline(let pipeline) = definition.algorithm {
      (begin, end) = (pipeline.prefix, pipeline.suffix)
    } else {
      begin = definition.addsBeginOfSequence ? definition.beginOfSequence.map { [$0] } ?? [] : []
      end = definition.addsEndOfSequence ? definition.endOfSequence.map { [$0] } ?? [] : []
    }
    chatTemplateSource = definition.chatTemplate
    var forms = ByteTable(capacity: vocabulary.count)
    var ends = Set([definition.endOfSequence, definition.endOfTurn].compactMap(\.self))
    for token in vocabulary {
      forms.insert(Array(token.form.utf8), Int32(token.id))
      if token.kind == .control, Self.turnEnds.contains(token.form) { ends.insert(token.id) }
    }
    self.forms = forms
    endOfTurn = ends
    special = Self.specialTokens(definition)
    switch definition.algorithm {
    case .byteLevelBPE(let merges, let rule):
      encoder = .bytePair(
        try BytePairEncoder(merges: merges, rule: rule, forms: forms, vocabulary: vocabulary))
    case .sentencePiece(let scores, let addSpacePrefix):
      encoder = .sentencePiece(
        SentencePieceEncoder(
          pieces: Self.pieces(definition), scores: scores, byteTokens: Self.byteTokens(vocabulary),
          unknown: definition.unknown, addSpacePrefix: addSpacePrefix))
    case .pipeline(let pipeline):
      encoder = .pipeline(
        try PipelineEncoder(pipeline, forms: definition.forms, types: definition.types))
    }
  }

  /// The id of the token with this spelling (`Ġthe`, `▁the`, `<|im_end|>`), nil if there is none.
  public func id(form: String) -> Int? { forms.value(of: Array(form.utf8)).map(Int.init) }

  // MARK: - Encoding

  /// The ids of a text.
  ///
  /// - Parameters:
  ///   - addingSpecial: whether to add begin and end of sequence where the model asks for them.
  ///   - parsingSpecial: whether control tokens spelt out in the text (`<|im_end|>`) become those tokens.
  ///     Leave it false for text that you do not trust; a rendered chat needs it.
  public func encode(_ text: String, addingSpecial: Bool = true, parsingSpecial: Bool = false) -> [Int] {
    encode(bytes: Array(text.utf8), addingSpecial: addingSpecial, parsingSpecial: parsingSpecial)
  }

  /// The ids of a text that is to be continued: as ``encode(_:addingSpecial:parsingSpecial:)``, but never with the end of
  /// sequence.
  public func encodeStart(_ text: String) -> [Int] {
    begin + encode(text, addingSpecial: false)
  }

  /// A text in two parts, tokenised as one.
  public struct SplitText: Sendable, Equatable {
    /// Tokens that end inside the first part or with it, behind the begin of sequence where the model asks for one.
    public let first: [Int]
    /// All other tokens.
    public let second: [Int]
    /// The spelling of a token that begins in the first part and ends in the second.
    public let straddling: String?
  }

  /// The ids of `first + second` as one text, and where the second part begins.
  ///
  /// The two are never tokenised apart: a SentencePiece model would put a space before the second, and pairs across
  /// the seam would not merge. A token that straddles the seam belongs to the second part, as white space at
  /// the end of a context does in EleutherAI's lm-evaluation-harness: its probability, given all tokens before, is the
  /// model's first statement about the second part. No end of sequence is added.
  public func encode(_ first: String, continuedBy second: String) -> SplitText {
    let pieces = pieces(
      of: Array(first.utf8) + Array(second.utf8), parsingSpecial: false, seam: first.utf8.count)
    let count = pieces.countBeforeSeam
    return SplitText(
      first: begin + pieces.ids.prefix(count), second: Array(pieces.ids.dropFirst(count)),
      straddling: pieces.straddles ? vocabulary[pieces.ids[count]].form : nil)
  }

  /// The ids of UTF-8 text; bytes that are not valid are encoded one by one.
  public func encode(bytes: [UInt8], addingSpecial: Bool = true, parsingSpecial: Bool = false) -> [Int] {
    let ids = pieces(of: bytes, parsingSpecial: parsingSpecial).ids
    guard addingSpecial, !(begin.isEmpty && end.isEmpty) else { return ids }
    return begin + ids + end
  }

  /// - Parameter seam: a place in `bytes`.
  private func pieces(of bytes: [UInt8], parsingSpecial: Bool, seam: Int = .max) -> Pieces {
    var pieces = Pieces(capacity: bytes.count / 3 + 2)
    var merger = PairMerger()
    switch encoder {
    case .bytePair(let encoder):
      encodeBytePairs(bytes, parsingSpecial, encoder, &merger, seam, into: &pieces)
    case .sentencePiece(let encoder):
      let place = seam > bytes.count ? seam : replacingSpaces(in: Array(bytes[..<seam])).count
      encodeSentencePieces(
        replacingSpaces(in: bytes), parsingSpecial, encoder, &merger, place, into: &pieces)
    case .pipeline(let encoder):
      encoder.encode(bytes, parsingSpecial: parsingSpecial, seam: seam, into: &pieces)
    }
    return pieces
  }

  private func encodeBytePairs(
    _ bytes: [UInt8], _ parsingSpecial: Bool, _ encoder: BytePairEncoder, _ merger: inout PairMerger,
    _ seam: Int, into pieces: inout Pieces
  ) {
    special.split(bytes.span, includingControl: parsingSpecial) { part in
      pieces.setSeam(seam)
      switch part {
      case .token(let id, let start, let end): pieces.append(Int(id), from: start, to: end)
      case .text(let start, let end):
        if encoder.rule.composesCanonically,
          let composed = canonicallyComposed(bytes.span, from: start, to: end)
        {
          if seam > start, seam < end {
            let first = canonicallyComposed(bytes.span, from: start, to: seam) ?? Array(bytes[start..<seam])
            pieces.setSeam(zip(composed, first).prefix { $0 == $1 }.count, endOfFirst: first.count)
          } else {
            pieces.setSeam(seam <= start ? 0 : .max)
          }
          encoder.encode(composed.span, from: 0, to: composed.count, &merger, into: &pieces)
        } else {
          encoder.encode(bytes.span, from: start, to: end, &merger, into: &pieces)
        }
      }
    }
  }

  private func encodeSentencePieces(
    _ bytes: [UInt8], _ parsingSpecial: Bool, _ encoder: SentencePieceEncoder, _ merger: inout PairMerger,
    _ seam: Int, into pieces: inout Pieces
  ) {
    special.split(bytes.span, includingControl: parsingSpecial) { part in
      pieces.setSeam(seam)
      switch part {
      case .token(let id, let start, let end): pieces.append(Int(id), from: start, to: end)
      case .text(let start, let end):
        if encoder.addSpacePrefix {
          let prefixed = SentencePieceEncoder.space + bytes[start..<end]
          // The prefix belongs to the text behind it.
          let shift = SentencePieceEncoder.space.count - start
          pieces.setSeam(seam <= start ? 0 : seam < end ? seam + shift : .max)
          encoder.encode(prefixed.span, from: 0, to: prefixed.count, &merger, into: &pieces)
        } else {
          encoder.encode(bytes.span, from: start, to: end, &merger, into: &pieces)
        }
      }
    }
  }

  /// The stages of a `tokenizer.json`, where the tokenizer came from one.
  var pipeline: PipelineEncoder? { if case .pipeline(let encoder) = encoder { encoder } else { nil } }

  /// Whether decoding drops the space that encoding put before the text.
  var dropsFirstSpace: Bool {
    if case .sentencePiece(let encoder) = encoder { encoder.addSpacePrefix } else { false }
  }

  // MARK: - Tables

  private static func specialTokens(_ definition: TokenizerDefinition) -> SpecialTokens {
    var tokens: [(bytes: [UInt8], id: Int32, isControl: Bool)] = []
    for (id, form) in definition.forms.enumerated() {
      let type = definition.type(of: id)
      guard type == .control || type == .userDefined || type == .unknown else { continue }
      var bytes = Array(form.utf8)
      if case .sentencePiece = definition.algorithm { bytes = replacingSpaces(in: bytes) }
      tokens.append((bytes, Int32(id), type != .userDefined))
    }
    return SpecialTokens(tokens)
  }

  /// What SentencePiece may merge into: all but control, unknown and byte tokens.
  private static func pieces(_ definition: TokenizerDefinition) -> [(bytes: [UInt8], id: Int32)] {
    definition.forms.enumerated().compactMap { id, form in
      switch definition.type(of: id) {
      case .normal, .userDefined, .unused: (replacingSpaces(in: Array(form.utf8)), Int32(id))
      case .control, .unknown, .byte: nil
      }
    }
  }

  private static func byteTokens(_ vocabulary: [Token]) -> [Int32] {
    var tokens = [Int32](repeating: -1, count: 256)
    for token in vocabulary where token.kind == .byte && token.bytes.count == 1 {
      tokens[Int(token.bytes[0])] = Int32(token.id)
    }
    return tokens
  }
}
