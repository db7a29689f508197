/// How text is cut into pieces before byte-pair merging; no token crosses a cut.
///
/// The names are those of GGUF's `tokenizer.ggml.pre`. Each rule equals a regular expression over
/// Unicode categories; the scanners in `PreTokenScanner.swift` write them out by hand.
public enum PreTokenizer: String, Sendable, Codable, CaseIterable {
  /// GPT-2: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
  case gpt2 = "gpt-2"
  /// SmolLM: every `\p{N}` alone, GPT-2's rule between them.
  case smollm
  /// Qwen 2: after canonical composition (NFC) of the text,
  /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*`
  /// and `|\s*[\r\n]+|\s+(?!\S)|\s+`.
  case qwen2
  /// Llama 3: as Qwen 2, but `\p{N}{1,3}`, no composition, and a piece that is itself a token is taken whole.
  case llamaBPE = "llama-bpe"
  /// llama.cpp's rule for models that name none: runs of punctuation, then GPT-2's rule, then numbers in threes.
  case `default`

  /// The rule with this GGUF name.
  ///
  /// - Throws: ``TokenizerError/unknownPreTokenizer(name:known:)``: guessing would give wrong ids without a sign.
  public init(name: String) throws(TokenizerError) {
    guard let known = PreTokenizer(rawValue: name) else {
      throw .unknownPreTokenizer(name: name, known: PreTokenizer.allCases.map(\.rawValue) + NamedRule.names)
    }
    self = known
  }

  /// Whether text is canonically composed first, so that decoding gives the composed text.
  public var composesCanonically: Bool { self == .qwen2 }

  /// Whether texts begin with the begin of sequence in a file that does not say: llama.cpp's table for the names above.
  var addsBeginOfSequence: Bool { self == .llamaBPE }

  /// Whether a piece that is a token as a whole skips the merges.
  var takesWholePieces: Bool { self == .llamaBPE }
}
