import Tensors
import Tokenizers

/// Reads the tokenizer from GGUF metadata (`tokenizer.ggml.*`).
struct GGUFTokenizerReader {
  let file: GGUFFile

  private var path: String { file.file.path }

  /// The vocabulary, whatever the rules of the text.
  func vocabulary() throws(CheckpointError) -> CheckpointVocabulary {
    let (forms, types) = try entries()
    let known = file.metadata["tokenizer.ggml.model"]?.string.flatMap { Self.spellings[$0] }
    return try checkpointVocabulary(
      path, forms: forms, types: types, spelling: (known ?? TokenSpelling(of: forms), known == nil)
    ) { () throws(CheckpointError) in
      if known == .byteLevel, file.metadata["tokenizer.ggml.pre"]?.string.flatMap(NamedRule.named) != nil {
        _ = try definition()
        return
      }
      _ = try algorithm()
    }
  }

  /// `bert` and `t5` of llama.cpp's converters mark word starts as SentencePiece does.
  private static let spellings: [String: TokenSpelling] = [
    "gpt2": .byteLevel, "llama": .sentencePiece, "t5": .sentencePiece, "bert": .sentencePiece,
  ]

  private func entries() throws(CheckpointError) -> (forms: [String], types: [TokenType]) {
    guard let forms = file.metadata["tokenizer.ggml.tokens"]?.strings else {
      throw .missing(path: path, what: "tokenizer.ggml.tokens", hint: "the file carries no vocabulary")
    }
    let numbers = file.metadata["tokenizer.ggml.token_type"]?.integers ?? []
    let types = try tokenizerErrors(path) { () throws(TokenizerError) in
      try TokenizerDefinition.types(ggml: numbers)
    }
    return (forms, types)
  }

  func definition() throws(CheckpointError) -> TokenizerDefinition {
    let (forms, types) = try entries()
    func custom(_ id: Int, _ type: TokenType) -> Int? {
      isSentencePiece && types.indices.contains(id) && types[id] == type ? id : nil
    }
    if file.metadata["tokenizer.ggml.model"]?.string == "gpt2",
      let rule = file.metadata["tokenizer.ggml.pre"]?.string.flatMap(NamedRule.named)
    {
      return try definition(rule, forms, types)
    }
    return TokenizerDefinition(
      algorithm: try algorithm(), forms: forms, types: types,
      beginOfSequence: try id("bos", count: forms.count) ?? custom(1, .control),
      endOfSequence: try id("eos", count: forms.count) ?? custom(2, .control),
      endOfTurn: try id("eot", count: forms.count) ?? EndOfTurn.find(in: forms),
      unknown: try id("unknown", count: forms.count) ?? custom(0, .unknown),
      addsBeginOfSequence: file.metadata["tokenizer.ggml.add_bos_token"]?.bool,
      addsEndOfSequence: file.metadata["tokenizer.ggml.add_eos_token"]?.bool ?? false,
      chatTemplate: file.metadata["tokenizer.chat_template"]?.string)
  }

  /// Byte-level BPE with a rule that is a list of expressions.
  private func definition(
    _ rule: NamedRule, _ forms: [String], _ types: [TokenType]
  ) throws(CheckpointError) -> TokenizerDefinition {
    guard let merges = file.metadata["tokenizer.ggml.merges"]?.strings else {
      throw .missing(path: path, what: "tokenizer.ggml.merges", hint: "byte-pair encoding needs them")
    }
    let begin = try id("bos", count: forms.count)
    let end = try id("eos", count: forms.count)
    let begins = file.metadata["tokenizer.ggml.add_bos_token"]?.bool ?? rule.addsBeginOfSequence
    let ends = file.metadata["tokenizer.ggml.add_eos_token"]?.bool ?? false
    let pipeline = try tokenizerErrors(path) { () throws(TokenizerError) in
      try TextPipeline(
        rule, forms: forms, types: types,
        merges: merges.map { $0.split(separator: " ", omittingEmptySubsequences: false).map(String.init) },
        prefix: begins ? begin.map { [$0] } ?? [] : [], suffix: ends ? end.map { [$0] } ?? [] : [])
    }
    return TokenizerDefinition(
      algorithm: .pipeline(pipeline), forms: forms, types: types, beginOfSequence: begin, endOfSequence: end,
      endOfTurn: try id("eot", count: forms.count) ?? EndOfTurn.find(in: forms),
      unknown: try id("unknown", count: forms.count), addsBeginOfSequence: begins, addsEndOfSequence: ends,
      chatTemplate: file.metadata["tokenizer.chat_template"]?.string)
  }

  /// SentencePiece models that name no special tokens have `<unk> <s> </s>` first, as llama.cpp takes for granted.
  private var isSentencePiece: Bool { file.metadata["tokenizer.ggml.model"]?.string == "llama" }

  private func id(_ name: String, count: Int) throws(CheckpointError) -> Int? {
    let key = "tokenizer.ggml.\(name)_token_id"
    guard let value = file.metadata[key] else { return nil }
    guard let id = value.integer, (0..<count).contains(id) else {
      throw .malformed(
        path: path, offset: 0, what: "metadata \(key)", expected: "an id in 0 ..< \(count)",
        actual: value.summary)
    }
    return id
  }

  private func algorithm() throws(CheckpointError) -> TokenizerDefinition.Algorithm {
    switch file.metadata["tokenizer.ggml.model"]?.string {
    case "gpt2":
      guard let merges = file.metadata["tokenizer.ggml.merges"]?.strings else {
        throw .missing(path: path, what: "tokenizer.ggml.merges", hint: "byte-pair encoding needs them")
      }
      guard let name = file.metadata["tokenizer.ggml.pre"]?.string else {
        throw .missing(
          path: path, what: "tokenizer.ggml.pre",
          hint: "it says how text is split; files from before May 2024 lack it: convert the model again")
      }
      let rule = try tokenizerErrors(path) { () throws(TokenizerError) in
        try PreTokenizer(name: Self.aliases[name] ?? name)
      }
      return .byteLevelBPE(merges: merges, preTokenizer: rule)
    case "llama":
      guard let scores = file.metadata["tokenizer.ggml.scores"]?.floats else {
        throw .missing(path: path, what: "tokenizer.ggml.scores", hint: "SentencePiece needs them")
      }
      return .sentencePiece(
        scores: scores.map { Float($0) },
        addSpacePrefix: file.metadata["tokenizer.ggml.add_space_prefix"]?.bool ?? true)
    case let other:
      throw .unsupported(
        path: path, what: "tokenizer model", actual: other ?? "(none)",
        supported: "gpt2 (byte-level BPE), llama (SentencePiece)")
    }
  }

  /// Other names that llama.cpp gives to the same rules.
  private static let aliases = [
    "llama3": "llama-bpe", "llama-v3": "llama-bpe", "deepseek-r1-qwen": "qwen2", "gpt2": "gpt-2",
    "kormo": "qwen2", "f2llmv2": "qwen2", "megrez": "qwen2",
  ]
}

/// The tokens that end a turn in the chat templates of the families that we run.
enum EndOfTurn {
  private static let forms = ["<|im_end|>", "<end_of_turn>", "<|eot_id|>"]

  static func find(in vocabulary: [String]) -> Int? {
    vocabulary.firstIndex { form in form.utf8.first == UInt8(ascii: "<") && forms.contains(form) }
  }
}

/// Runs a check of the tokenizer and reports its failure as the checkpoint's.
func tokenizerErrors<Result>(
  _ path: String, _ body: () throws(TokenizerError) -> Result
) throws(CheckpointError) -> Result {
  do throws(TokenizerError) { return try body() } catch { throw .tokenizer(path: path, error) }
}
