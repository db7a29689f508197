/// How the byte-level BPE of a family of models cuts text, by the name that GGUF files have for it (`tokenizer.ggml.pre`).
///
/// Each is the list of expressions of the family's own `tokenizer.json`, applied one after the other; where llama.cpp writes an
/// expression in other words, as its engine has no classes of cased letters, the family's own counts. The five rules with
/// hand-written scanners are ``PreTokenizer``.
public struct NamedRule: Sendable {
  public let expressions: [String]
  /// Whether a piece that is a token as a whole skips the merges.
  public var takesWholePieces = false
  /// Whether texts begin with the begin of sequence where the file does not say.
  public var addsBeginOfSequence = false

  /// The rule of this name; nil where there is none, or a hand-written one.
  public static func named(_ name: String) -> NamedRule? { all[name] }

  /// All names, for messages.
  public static var names: [String] { all.keys.sorted() }

  private static let gpt2 = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#
  private static let clitics = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
  private static let spaces = #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let tail = #"| ?[^\s\p{L}\p{N}]+[\r\n]*"# + spaces
  private static let words = clitics + #"|[^\r\n\p{L}\p{N}]?\p{L}+"#
  private static let modern = words + #"|\p{N}"# + tail
  private static let modernThrees = words + #"|\p{N}{1,3}"# + tail
  private static let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"#
  private static let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"#

  /// Words in which capitals begin, with `ending` behind.
  private static func cased(_ ending: String, digits: String) -> String {
    let start = #"[^\r\n\p{L}\p{N}]?"#
    return start + upper + "*" + lower + "+" + ending + "|" + start + upper + "+" + lower + "*" + ending + "|"
      + digits + #"| ?[^\s\p{L}\p{N}]+[\r\n/]*"# + spaces
  }

  private static let marked =
    ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+"##
  private static let kana = "[一-龥぀-ゟ゠-ヿ]+"
  private static let bloom = #" ?[^(\s|.,!?…。，、।۔،)]+"#
  private static let syllables = "[一-龥ࠀ-一가-퟿]+"
  /// DeepSeek's cased letters, and its punctuation.
  private static let letters =
    "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\u{1F7D}ᾀ-ᾴᾶ-ᾼ\u{1FBE}ῂ-ῄῆ-ῌῐ-\u{1FD3}ῖ-\u{1FDB}ῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤ\u{2126}ℨ\u{212A}-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+"

  private static let all: [String: NamedRule] = {
    var rules: [String: NamedRule] = [:]
    func add(
      _ names: String..., rules expressions: [String], whole: Bool = false, begins: Bool = false
    ) {
      for name in names {
        rules[name] = NamedRule(
          expressions: expressions, takesWholePieces: whole, addsBeginOfSequence: begins)
      }
    }
    add(
      "mpt", "olmo", "jais", "trillion", "granite-docling", "phi-2", "jina-es", "jina-de", "jina-v2-es",
      "jina-v2-de",
      "jina-v1-en", "jina-v2-code", "roberta-bpe", "gigachat", "a.x-4.0", "mellum", "modern-bert", "exaone4",
      rules: [gpt2])
    add(
      "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2",
      rules: [#"\p{N}"#, gpt2])
    add("falcon", rules: [#"[\p{P}\$\+<=>\^~\|`]+"#, gpt2, "[0-9][0-9][0-9]"])
    add("stablelm2", "hunyuan", "solar-open", "grok-2", rules: [modern])
    add("dbrx", "smaug-bpe", "chatglm-bpe", "glm4", rules: [modernThrees])
    add(
      "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano", rules: [modernThrees],
      whole: true,
      begins: true)
    add(
      "qwen35",
      rules: [
        clitics + #"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"# + spaces
      ])
    add(
      "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2",
      rules: [cased(clitics + "?", digits: #"\p{N}{1,3}"#)])
    add("tekken", rules: [cased("", digits: #"\p{N}"#)], whole: true, begins: true)
    add(
      "tiny_aya", "cohere2moe",
      rules: [#"\d{1,3}(?=(?:\d{3})*\b)"#, cased(clitics + "?", digits: #"\p{N}{1,3}"#)])
    add(
      "youtu",
      rules: [
        "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|" + kana, cased(clitics + "?", digits: #"\p{N}"#),
      ], whole: true)
    add(
      "deepseek-llm",
      rules: ["[\r\n]", letters, "\\s?[!-/:-~！-／：-～‘-‟　-。]+", #"\s+\z"#, syllables, #"\p{N}+"#])
    add("deepseek-coder", rules: ["[\r\n]", #"\s?\p{L}+"#, #"\s?\p{P}+"#, syllables, #"\p{N}"#])
    add(
      "deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4",
      rules: [#"\p{N}{1,3}"#, kana, marked + #"[\r\n]*"# + spaces])
    add("bloom", "poro-chat", "gpt3-finnish", rules: [bloom])
    add("viking", rules: [bloom, #"\p{N}"#])
    add(
      "jais-2",
      rules: [
        words + #"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"#
          + [512, 256, 128, 64, 32, 16, 8, 4].map { #"|\s{\#($0)}(?!\S)"# }.joined()
          + #"|\s{1,2}(?!\S)|\s{1}"#
      ])
    add(
      "chameleon",
      rules: [
        "<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", "([\\t\\n]|    |  )", #"\p{N}"#,
        #"[\p{P}!-/:-@\[-`{-~]"#, gpt2,
      ], begins: true)
    add(
      "bailingmoe", "bailingmoe2", "llada-moe",
      rules: [
        #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#
      ])
    add("seed-coder", rules: [words + #"|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+"# + spaces])
    add("ufakzeka", rules: [#"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"# + tail])
    add("laguna", rules: ["[^\n]+|[\n]+", modern])
    add(
      "exaone-moe",
      rules: [
        clitics
          + #"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"#
      ])
    return rules
  }()
}

extension TextPipeline {
  /// The byte-level BPE of a GGUF file with a named rule: control and user-defined tokens are added ones.
  ///
  /// - Throws: ``TokenizerError/unsupportedPattern(pattern:what:place:)``.
  public init(
    _ rule: NamedRule, forms: [String], types: [TokenType], merges: [[String]], prefix: [Int], suffix: [Int]
  ) throws(TokenizerError) {
    var cutters: [TextCutter] = []
    for expression in rule.expressions {
      cutters.append(.split(try TextPattern(expression: expression), .isolated, inverted: false))
    }
    let types = types.isEmpty ? Array(repeating: .normal, count: forms.count) : types
    let added = zip(forms, types).enumerated().compactMap { id, token -> AddedToken? in
      switch token.1 {
      case .control, .unknown: AddedToken(form: token.0, id: id, isSpecial: true)
      case .userDefined: AddedToken(form: token.0, id: id, isSpecial: false)
      case .normal, .unused, .byte: nil
      }
    }
    self.init(
      added: added, normalizers: [], cutters: cutters + [.byteLevel(addsSpace: false, cuts: false)],
      model: .bytePair(BytePairRules(merges: merges, takesWholePieces: rule.takesWholePieces)),
      isInModel: Array(repeating: true, count: forms.count), prefix: prefix, suffix: suffix,
      decoders: [.byteLevel],
      spelling: .byteLevel)
  }
}
