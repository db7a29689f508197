import Files
import Tokenizers

/// The steps around the merges in a `tokenizer.json`: normalizer, pre-tokenizer, post-processor. Only
/// combinations whose result we can reproduce exactly are let through.
struct TokenizerPipeline {
  let root: JSON
  let path: String

  private static let clitics = #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"#
  private static let tail = #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  private static let qwen2 = clitics + #"\p{N}"# + tail
  private static let llama3 = clitics + #"\p{N}{1,3}"# + tail

  /// The steps of a stage: none, one, or those of a `Sequence`.
  private func steps(_ stage: String, list: String) -> [JSON] {
    guard let value = root[stage]?.present else { return [] }
    guard value["type"]?.string == "Sequence" else { return [value] }
    return value[list]?.array ?? []
  }

  private func types(_ steps: [JSON]) -> [String] { steps.map { $0["type"]?.string ?? "(none)" } }

  private func unsupported(_ what: String, _ actual: String, _ supported: String) -> CheckpointError {
    .unsupported(path: path, what: what, actual: actual, supported: supported)
  }

  /// The splitting rule of a byte-level tokenizer; `nil` when the tokenizer is not byte-level.
  func byteLevelRule() throws(CheckpointError) -> PreTokenizer? {
    let steps = steps("pre_tokenizer", list: "pretokenizers")
    guard let last = steps.last, last["type"]?.string == "ByteLevel" else { return nil }
    guard last["add_prefix_space"]?.bool != true else {
      throw unsupported("pre-tokenizer", "ByteLevel with add_prefix_space", "ByteLevel without")
    }
    let normalizers = types(self.steps("normalizer", list: "normalizers"))
    let regex = last["use_regex"]?.bool ?? true
    let ignoresMerges = root["model"]?["ignore_merges"]?.bool ?? false
    let first = steps[0]
    let rule: PreTokenizer? =
      switch (types(steps), regex) {
      case (["ByteLevel"], true): .gpt2
      case (["Digits", "ByteLevel"], true) where first["individual_digits"]?.bool == true: .smollm
      case (["Split", "ByteLevel"], false) where isIsolated(first, Self.qwen2): .qwen2
      case (["Split", "ByteLevel"], false) where isIsolated(first, Self.llama3): .llamaBPE
      default: nil
      }
    guard let rule else {
      let pattern = first["pattern"]?["Regex"]?.string.map { " " + $0 } ?? ""
      throw unsupported(
        "pre-tokenizer", types(steps).joined(separator: " + ") + pattern,
        "the rules of GPT-2, SmolLM, Qwen 2, Llama 3")
    }
    let expected = rule == .qwen2 ? ["NFC"] : []
    guard normalizers == expected else {
      throw unsupported(
        "normalizer", normalizers.joined(separator: " + "), expected.first ?? "none, with this rule")
    }
    guard ignoresMerges == (rule == .llamaBPE) else {
      throw unsupported("ignore_merges", "\(ignoresMerges)", "\(!ignoresMerges), with this rule")
    }
    return rule
  }

  private func isIsolated(_ split: JSON, _ pattern: String) -> Bool {
    split["pattern"]?["Regex"]?.string == pattern && split["behavior"]?.string == "Isolated"
      && split["invert"]?.bool != true
  }

  /// Whether a SentencePiece tokenizer puts a space before the text.
  /// - Throws: when the steps are not those of SentencePiece BPE with byte fallback.
  func sentencePiecePrefix() throws(CheckpointError) -> Bool {
    guard root["model"]?["byte_fallback"]?.bool == true else {
      throw unsupported("BPE", "neither byte-level nor with byte fallback", "either of them")
    }
    var prefix = false
    for step in steps("normalizer", list: "normalizers") {
      switch step["type"]?.string {
      case "Prepend" where step["prepend"]?.string == "▁": prefix = true
      case "Replace" where step["pattern"]?["String"]?.string == " " && step["content"]?.string == "▁": break
      case let other: throw unsupported("normalizer", other ?? "(none)", "Prepend ▁, Replace space by ▁")
      }
    }
    for step in steps("pre_tokenizer", list: "pretokenizers") {
      switch step["type"]?.string {
      case "Metaspace" where step["replacement"]?.string == "▁" && step["split"]?.bool == false:
        prefix = step["prepend_scheme"]?.string != "never" && step["add_prefix_space"]?.bool != false
      // After spaces became ▁ this splits nothing.
      case "Split" where step["pattern"]?["String"]?.string == " ": break
      case let other:
        throw unsupported("pre-tokenizer", other ?? "(none)", "Metaspace without split, or none")
      }
    }
    return prefix
  }

  /// The tokens that the post-processor puts before and behind a text; `nil` where it has no template.
  func template() -> (begin: String?, end: String?)? {
    for step in steps("post_processor", list: "processors") {
      switch step["type"]?.string {
      case "TemplateProcessing":
        let parts = step["single"]?.array ?? []
        func token(_ part: JSON?) -> String? { part?["SpecialToken"]?["id"]?.string }
        return (token(parts.first), parts.count > 1 ? token(parts.last) : nil)
      case "RobertaProcessing":
        return (step["cls"]?.array?.first?.string, step["sep"]?.array?.first?.string)
      default: continue
      }
    }
    return nil
  }
}
