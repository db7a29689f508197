import Files
import Foundation
import Tokenizers

/// The files that tokenizers had before `tokenizer.json`: SentencePiece's model, `vocab.json` with `merges.txt`, `vocab.txt`.
///
/// Their rules stand in code, by the class of the tokenizer (`tokenizer_class` of tokenizer_config.json) or the type of the model.
extension HuggingFaceTokenizerReader {
  func companionDefinition() throws(CheckpointError) -> TokenizerDefinition {
    let config = try optional("tokenizer_config.json")
    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: place(name)) }
    for name in ["tokenizer.model", "spiece.model"] where exists(name) {
      return try pieces(place(name), config)
    }
    if exists("vocab.json"), exists("merges.txt") { return try byteLevel(config) }
    if exists("vocab.txt") { return try words(config) }
    if exists("vocab.json"), exists("source.spm") {
      throw .unsupported(
        path: place("vocab.json"), what: "tokenizer class or model type", actual: kind(config),
        supported: "one list of pieces for all text; Marian's has another for each language")
    }
    throw .missing(
      path: path, what: "the file",
      hint:
        "it carries the vocabulary, as tokenizer.model, spiece.model, vocab.json with merges.txt, or vocab.txt would"
    )
  }

  /// The class without `Fast`, or the type of the model.
  private func kind(_ config: JSON) -> String {
    if let name = config["tokenizer_class"]?.string {
      return name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
    }
    return folder.config?["model_type"]?.string ?? "(none)"
  }

  /// A file of JSON, null where there is none.
  private func optional(_ name: String) throws(CheckpointError) -> JSON {
    FileManager.default.fileExists(atPath: place(name)) ? try JSONReader.checkpoint(place(name)) : .null
  }

  private func refuse(_ kind: String, _ file: String, _ supported: [String]) -> CheckpointError {
    .unsupported(
      path: place(file), what: "tokenizer class or model type", actual: kind,
      supported: supported.joined(separator: ", ") + "; others by their tokenizer.json")
  }

  /// Tokens that `tokenizer_config.json` lists by id, and those of `added_tokens.json`, as far as the embedding has rows.
  private func add(
    from config: JSON, to vocabulary: inout TokenizerVocabulary, _ added: inout [AddedToken]
  ) throws(CheckpointError) {
    for (id, token) in try addedEntries(config) {
      guard let id, vocabulary.forms.indices.contains(id), let form = token["content"]?.string else {
        throw malformed(
          "added token \(token["content"]?.string ?? "")",
          expected: "an id in 0 ..< \(vocabulary.forms.count)",
          actual: id.map { "\($0)" } ?? "none")
      }
      let isSpecial = token["special"]?.bool ?? false
      vocabulary.forms[id] = form
      vocabulary.types[id] = isSpecial ? .control : .userDefined
      added.removeAll { $0.id == id }
      added.append(
        AddedToken(
          form: form, id: id, isSpecial: isSpecial, stripsLeft: token["lstrip"]?.bool ?? false,
          stripsRight: token["rstrip"]?.bool ?? false, isWholeWord: token["single_word"]?.bool ?? false))
    }
  }

  private func addedEntries(_ config: JSON) throws(CheckpointError) -> [(id: Int?, token: JSON)] {
    let listed = (config["added_tokens_decoder"]?.object ?? []).map { (Int($0.key), $0.value) }
    guard listed.isEmpty else { return listed }
    return (try optional("added_tokens.json").object ?? []).map { member in
      (member.value.integer, .object([JSONMember(key: "content", value: .string(member.key))]))
    }
  }

  /// Marks special and added tokens, whatever the class does with text: those that the configuration or
  /// special_tokens_map.json name, and the class's own.
  func nameSpecialTokens(in vocabulary: inout TokenizerVocabulary) throws(CheckpointError) {
    let (config, map) = (try optional("tokenizer_config.json"), try optional("special_tokens_map.json"))
    let others = (map["additional_special_tokens"]?.array ?? []).compactMap {
      $0.string ?? $0["content"]?.string
    }
    for (id, token) in try addedEntries(config) {
      guard let id, vocabulary.forms.indices.contains(id), let form = token["content"]?.string else {
        continue
      }
      let isSpecial = token["special"]?.bool ?? others.contains(form)
      vocabulary.forms[id] = form
      vocabulary.types[id] = isSpecial ? .control : .userDefined
    }
    let own = Self.specialTokens(kind(config))
    for key in Self.specialKeys {
      guard let id = vocabulary.id(special(key, in: config) ?? special(key, in: map) ?? own[key]),
        vocabulary.types[id] != .unknown
      else { continue }
      vocabulary.types[id] = .control
    }
  }

  private static let specialKeys =
    ["unk", "bos", "eos", "cls", "sep", "pad", "mask"].map { $0 + "_token" }

  /// What the class takes for its special tokens where the configuration does not say.
  private static func specialTokens(_ kind: String) -> [String: String] {
    switch kind {
    case _ where robertaKinds.contains(kind): roberta
    case "MarianTokenizer", "marian": ["eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"]
    case "WhisperTokenizer", "whisper": gpt2
    case _ where gpt2Kinds.contains(kind): gpt2
    default: [:]
    }
  }

  /// T5's sentinels, which its class puts behind the pieces, the last one first; none of other models.
  func sentinels(behind count: Int) -> [(id: Int, form: String)] {
    guard let config = try? optional("tokenizer_config.json"), isT5(kind(config)),
      let sentinels = config["extra_ids"].map(\.integer) ?? 100, (0...1000).contains(sentinels)
    else { return [] }
    return (0..<sentinels).map { (count + $0, "<extra_id_\(sentinels - 1 - $0)>") }
  }

  private func isT5(_ kind: String) -> Bool {
    kind.lowercased().hasPrefix("t5") || kind == "MT5Tokenizer" || kind == "mt5"
  }

  // MARK: - SentencePiece

  private func pieces(_ file: String, _ config: JSON) throws(CheckpointError) -> TokenizerDefinition {
    let model = try SentencePieceModel(path: file)
    func refuse(_ what: String, _ actual: String, _ supported: String) -> CheckpointError {
      .unsupported(path: file, what: what, actual: actual, supported: supported)
    }
    guard !model.marksWordEnds else { throw refuse("spaces", "behind words", "before words") }
    guard !model.changesDecodedText else { throw refuse("a map of decoded text", "not empty", "none") }
    guard model.escapesSpaces else { throw refuse("spaces", "that are not written ▁", "as ▁") }
    var vocabulary = vocabulary(of: model)
    var isInModel = vocabulary.types.map { $0 != .unused }
    for id in model.types.indices { isInModel[id] = true }
    var added: [AddedToken] = []
    for (id, form) in model.forms.enumerated() {
      switch model.types[id] {
      case .control, .unknown: added.append(AddedToken(form: form, id: id, isSpecial: true))
      case .userDefined: added.append(AddedToken(form: form, id: id, isSpecial: false, isNormalized: true))
      case .normal, .unused, .byte: break
      }
    }
    for (id, form) in sentinels(behind: model.forms.count) where vocabulary.forms.indices.contains(id) {
      added.append(AddedToken(form: form, id: id, isSpecial: true))
    }
    try add(from: config, to: &vocabulary, &added)
    var normalizers: [TextNormalizer] = []
    if !model.characterMap.isEmpty {
      normalizers.append(
        .characterMap(
          try tokenizerErrors(file) { () throws(TokenizerError) in
            try CharacterMap(model.characterMap, reading: .longest)
          }))
    }
    if model.joinsSpaces { normalizers.append(.joinSpaces) }
    if model.addsPrefix { normalizers.append(.prepend([0x20])) }
    normalizers.append(.escapeSpaces)
    let unknown = model.forms.indices.contains(model.unknown) ? model.unknown : nil
    let padding = vocabulary.forms.count - model.forms.count
    let scores = model.scores + Array(repeating: 0, count: padding)
    let textModel: TextModel
    switch model.kind {
    case 1:
      textModel = .unigram(
        scores: scores.map(Double.init), unknown: unknown, fallsBackToBytes: model.fallsBackToBytes)
    case 2: textModel = .scoredPairs(scores: scores, unknown: unknown)
    case let other: throw refuse("kind of SentencePiece model", "\(other)", "1 (unigram), 2 (BPE)")
    }
    let mark = SpaceMark.bytes
    var decoders: [TokenDecoder] = [.byteFallback, .replace(.literal(mark), with: [0x20]), .fuse]
    if model.addsPrefix { decoders.append(.strip([0x20], start: 1, end: 0)) }
    var pipeline = TextPipeline(
      added: added, normalizers: normalizers, cutters: [], model: textModel, isInModel: isInModel, prefix: [],
      suffix: [], decoders: decoders, spelling: .sentencePiece)
    pipeline.isSentencePiece = true
    // What transformers' classes put around a text; flags of the configuration are followed later.
    func id(_ number: Int) -> [Int] { model.forms.indices.contains(number) ? [number] : [] }
    let kind = kind(config)
    if isT5(kind) {
      pipeline.suffix = id(model.end)
    } else if ["LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer"].contains(kind)
      || ["llama", "mistral", "mixtral", "gemma", "gemma2", "gemma3", "gemma3_text"].contains(kind)
    {
      pipeline.prefix = id(model.begin)
    } else if config["add_bos_token"] == nil, config["add_eos_token"] == nil {
      throw self.refuse(
        kind, (file as NSString).lastPathComponent,
        ["LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer", "T5Tokenizer", "any with add_bos_token"])
    }
    return try definition(pipeline, vocabulary, config, unknown: unknown)
  }

  // MARK: - vocab.json with merges.txt

  private func byteLevel(_ config: JSON) throws(CheckpointError) -> TokenizerDefinition {
    let kind = kind(config)
    let (gpt2, roberta) = (Self.gpt2Kinds, Self.robertaKinds)
    let qwen2 = ["Qwen2Tokenizer", "qwen2", "qwen3"]
    guard (gpt2 + roberta + qwen2).contains(kind) else {
      throw refuse(kind, "vocab.json", gpt2 + roberta + qwen2)
    }
    var vocabulary = try jsonVocabulary(place("vocab.json"))
    let isInModel = vocabulary.types.map { $0 != .unused }
    var added: [AddedToken] = []
    try add(from: config, to: &vocabulary, &added)
    for key in Self.specialKeys {
      guard
        let form = special(key, in: config) ?? (roberta.contains(kind) ? Self.roberta[key] : Self.gpt2[key]),
        let id = vocabulary.id(form), !added.contains(where: { $0.id == id })
      else { continue }
      vocabulary.types[id] = .control
      added.append(
        AddedToken(
          form: form, id: id, isSpecial: true, stripsLeft: key == "mask_token" && roberta.contains(kind)))
    }
    var cutters: [TextCutter] = [
      .byteLevel(addsSpace: config["add_prefix_space"]?.bool ?? false, cuts: true)
    ]
    if qwen2.contains(kind) {
      cutters = [
        .split(.rule(.qwen2), .isolated, inverted: false), .byteLevel(addsSpace: false, cuts: false),
      ]
    }
    var pipeline = TextPipeline(
      added: added, normalizers: qwen2.contains(kind) ? [.nfc] : [], cutters: cutters,
      model: .bytePair(BytePairRules(merges: try mergeLines())), isInModel: isInModel, prefix: [], suffix: [],
      decoders: [.byteLevel], spelling: .byteLevel)
    if roberta.contains(kind) {
      pipeline.prefix = vocabulary.id(special("cls_token", in: config) ?? "<s>").map { [$0] } ?? []
      pipeline.suffix = vocabulary.id(special("sep_token", in: config) ?? "</s>").map { [$0] } ?? []
    }
    return try definition(pipeline, vocabulary, config, unknown: nil)
  }

  private static let gpt2Kinds = ["GPT2Tokenizer", "gpt2", "gpt_neo", "gptj", "opt"]
  private static let robertaKinds = ["RobertaTokenizer", "BartTokenizer", "roberta", "bart"]

  private static let gpt2 = ["eos_token": "<|endoftext|>"]
  private static let roberta = [
    "cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>",
    "mask_token": "<mask>",
  ]

  /// The lines of `merges.txt` behind its version.
  private func mergeLines() throws(CheckpointError) -> [[String]] {
    let text = try TextInput.checkpoint(place("merges.txt"), kind: "a list of merges", limit: 64 << 20)
    var merges: [[String]] = []
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      if line.isEmpty || number == 0 && line.hasPrefix("#version") { continue }
      merges.append(line.split(separator: " ", omittingEmptySubsequences: false).map(String.init))
    }
    return merges
  }

  // MARK: - vocab.txt

  private func words(_ config: JSON) throws(CheckpointError) -> TokenizerDefinition {
    let kind = kind(config)
    let known = ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "bert", "distilbert", "electra"]
    guard known.contains(kind) else { throw refuse(kind, "vocab.txt", known) }
    var vocabulary = try lineVocabulary(place("vocab.txt"))
    let isInModel = vocabulary.types.map { $0 != .unused }
    var added: [AddedToken] = []
    try add(from: config, to: &vocabulary, &added)
    var ids: [String: Int] = [:]
    for (key, form) in [
      ("unk", "[UNK]"), ("cls", "[CLS]"), ("sep", "[SEP]"), ("pad", "[PAD]"), ("mask", "[MASK]"),
    ] {
      let form = special(key + "_token", in: config) ?? form
      guard let id = vocabulary.id(form) else { continue }
      ids[key] = id
      vocabulary.types[id] = key == "unk" ? .unknown : .control
      if !added.contains(where: { $0.id == id }) {
        added.append(AddedToken(form: form, id: id, isSpecial: true))
      }
    }
    // Other entries in brackets are words like all others.
    for id in vocabulary.types.indices
    where vocabulary.types[id] == .control && !added.contains(where: { $0.id == id }) {
      vocabulary.types[id] = .normal
    }
    guard let unknown = ids["unk"], let first = ids["cls"], let last = ids["sep"] else {
      throw .tokenizer(path: place("vocab.txt"), .missingToken("[UNK], [CLS] or [SEP]", of: "WordPiece"))
    }
    let lowercases = config["do_lower_case"]?.bool ?? true
    let pipeline = TextPipeline(
      added: added,
      normalizers: [
        .bert(
          cleansText: true, spacesIdeographs: config["tokenize_chinese_chars"]?.bool ?? true,
          stripsAccents: config["strip_accents"]?.bool ?? lowercases, lowercases: lowercases)
      ], cutters: [.bert], model: .wordPiece(unknown: unknown, continuation: "##", longest: 100),
      isInModel: isInModel, prefix: [first], suffix: [last],
      decoders: [.wordPiece(continuation: Array("##".utf8), tidies: true)], spelling: .wordPiece)
    return try definition(pipeline, vocabulary, config, unknown: unknown)
  }
}

/// UTF-8 of `▁`, U+2581.
enum SpaceMark { static let bytes: [UInt8] = [0xe2, 0x96, 0x81] }
