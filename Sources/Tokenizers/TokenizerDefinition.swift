/// What a token is for, in ggml's numbering (`tokenizer.ggml.token_type`).
public enum TokenType: Int, Sendable, Codable, CaseIterable {
  case normal = 1
  case unknown = 2
  case control = 3
  case userDefined = 4
  case unused = 5
  case byte = 6
}

/// Everything that a tokenizer needs, whatever file it came from.
public struct TokenizerDefinition: Sendable {
  /// How text becomes tokens.
  public enum Algorithm: Sendable {
    /// Byte-pair merging of bytes: `merges[r]` is "left right", lower `r` merges first.
    case byteLevelBPE(merges: [String], preTokenizer: PreTokenizer)
    /// SentencePiece: the adjacent pair whose union has the highest score merges first;
    /// `addSpacePrefix` puts a space before the text.
    case sentencePiece(scores: [Float], addSpacePrefix: Bool)
    /// The stages of a `tokenizer.json`, which say themselves what stands before and behind a text.
    case pipeline(TextPipeline)

    /// Whether texts begin with the begin of sequence where the file does not say.
    fileprivate var addsBeginOfSequence: Bool {
      switch self {
      case .byteLevelBPE(_, let rule): rule.addsBeginOfSequence
      case .sentencePiece: true
      case .pipeline: false
      }
    }
  }

  public var algorithm: Algorithm
  /// The entries as the file spells them; the index is the token id.
  public var forms: [String]
  /// One for each form, or empty when all are normal.
  public var types: [TokenType]
  public var beginOfSequence: Int?
  public var endOfSequence: Int?
  /// Ends a turn of a conversation, where the file says so.
  public var endOfTurn: Int?
  /// Stands for a character that has neither token nor byte tokens.
  public var unknown: Int?
  /// Whether encoding starts with `beginOfSequence`; ignored without one.
  public var addsBeginOfSequence: Bool
  /// Whether encoding ends with `endOfSequence`; ignored without one.
  public var addsEndOfSequence: Bool
  /// Jinja source of the chat template.
  public var chatTemplate: String?

  /// - Parameters:
  ///   - addsBeginOfSequence: nil means the algorithm's custom, as llama.cpp has it: SentencePiece adds it, of byte-level
  ///     BPE Llama 3's rule only.
  public init(
    algorithm: Algorithm, forms: [String], types: [TokenType] = [], beginOfSequence: Int? = nil,
    endOfSequence: Int? = nil, endOfTurn: Int? = nil, unknown: Int? = nil,
    addsBeginOfSequence: Bool? = nil, addsEndOfSequence: Bool = false, chatTemplate: String? = nil
  ) {
    self.algorithm = algorithm
    self.forms = forms
    self.types = types
    self.beginOfSequence = beginOfSequence
    self.endOfSequence = endOfSequence
    self.endOfTurn = endOfTurn
    self.unknown = unknown
    self.addsBeginOfSequence = addsBeginOfSequence ?? algorithm.addsBeginOfSequence
    self.addsEndOfSequence = addsEndOfSequence
    self.chatTemplate = chatTemplate
  }

  /// Token types from ggml's numbers.
  ///
  /// - Throws: ``TokenizerError/unknownTokenType(index:value:)``; ggml's 0 ("undefined") reads as normal.
  public static func types(ggml values: [Int]) throws(TokenizerError) -> [TokenType] {
    var types: [TokenType] = []
    types.reserveCapacity(values.count)
    for (index, value) in values.enumerated() {
      guard let type = value == 0 ? .normal : TokenType(rawValue: value) else {
        throw .unknownTokenType(index: index, value: value)
      }
      types.append(type)
    }
    return types
  }

  /// Checks everything that the tokenizer trusts later.
  func validate() throws(TokenizerError) {
    guard !forms.isEmpty else { throw .emptyVocabulary }
    guard types.isEmpty || types.count == forms.count else {
      throw .wrongCount(of: "token types", expected: forms.count, actual: types.count)
    }
    let ids = [
      ("begin-of-sequence token", beginOfSequence), ("end-of-sequence token", endOfSequence),
      ("end-of-turn token", endOfTurn), ("unknown token", unknown),
    ]
    for (name, id) in ids {
      if let id, !forms.indices.contains(id) {
        throw .idOutOfRange(of: name, id: id, count: forms.count)
      }
    }
    if case .pipeline(let pipeline) = algorithm { try pipeline.validate(count: forms.count) }
    guard case .sentencePiece(let scores, _) = algorithm else { return }
    guard scores.count == forms.count else {
      throw .wrongCount(of: "token scores", expected: forms.count, actual: scores.count)
    }
    if let index = scores.firstIndex(where: { !$0.isFinite }) { throw .scoreNotFinite(index: index) }
  }

  /// Ids up to the last that is more than padding: files pad their vocabulary with unused entries to the rows of the
  /// embedding.
  public var namedCount: Int {
    guard !types.isEmpty else { return forms.count }
    return (types.lastIndex { $0 != .unused } ?? -1) + 1
  }

  func type(of id: Int) -> TokenType { types.isEmpty ? .normal : types[id] }
}
