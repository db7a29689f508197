public import Statistics
public import Tokenizers

/// Classes of tokens within which a null permutes: what tokens share because they are of one kind is not counted as agreement.
public struct TokenStrata: Sendable, Equatable {
  public let groups: TokenGroups
  /// Tokens whose own stratum was too small, in strata of a wider kind.
  public let pooled: Int

  /// Word start × kind × case × script × tenth of the frequency ranks.
  ///
  /// Frequency is not counted in any corpus: byte-pair encoders number tokens in the order in which they learned them, so the order of
  /// ids stands in for it. A stratum of fewer than `minimum` tokens is pooled over all frequencies, and if it is still
  /// too small, with all others of that size.
  ///
  /// - Parameters:
  ///   - tokens: of the model whose ids give the frequencies.
  ///   - minimum: tokens of a stratum, at least 2; more make strata coarser.
  public init(_ tokens: [Token], minimum: Int = 20) {
    let order = tokens.indices.sorted { (tokens[$0].id, $0) < (tokens[$1].id, $1) }
    var tenths = [Int](repeating: 0, count: tokens.count)
    for (rank, token) in order.enumerated() { tenths[token] = 10 * rank / max(tokens.count, 1) }
    let kinds = tokens.map(Self.kind)
    let fine = zip(kinds, tenths).map { "\($0) \($1)" }
    let sizes = Self.counts(fine)
    let isLarge = fine.map { sizes[$0, default: 0] >= minimum }
    let left = Self.counts(zip(kinds, isLarge).compactMap { $1 ? nil : $0 })
    groups = TokenGroups(
      tokens.indices.map { token in
        isLarge[token] ? fine[token] : left[kinds[token], default: 0] >= minimum ? kinds[token] : "rest"
      })
    pooled = isLarge.count { !$0 }
  }

  private static func counts(_ names: [String]) -> [String: Int] {
    names.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  private static func kind(_ token: Token) -> String {
    let form = CanonicalForm(token)
    let text = form.flatMap { String(validating: $0.bytes, as: UTF8.self) } ?? ""
    return
      "\(form?.startsWord == true) \(TokenClass(token).rawValue) \(letterCase(text)) \(script(text))"
  }

  private static func letterCase(_ text: String) -> String {
    let letters = text.unicodeScalars.filter(\.properties.isAlphabetic)
    let upper = letters.count(where: \.properties.isUppercase)
    let lower = letters.count(where: \.properties.isLowercase)
    if upper + lower == 0 { return "none" }
    if upper == 0 { return "lower" }
    if lower == 0, upper > 1 { return "upper" }
    return upper == 1 && letters.first?.properties.isUppercase == true ? "capital" : "mixed"
  }

  /// The script of the first letter, by blocks.
  private static func script(_ text: String) -> String {
    guard let letter = text.unicodeScalars.first(where: \.properties.isAlphabetic) else { return "none" }
    return scripts.first { $0.blocks.contains { $0.contains(letter.value) } }?.name ?? "other"
  }

  private static let scripts: [(name: String, blocks: [ClosedRange<UInt32>])] = [
    ("latin", [0x41...0x24F, 0x1E00...0x1EFF]), ("greek", [0x370...0x3FF, 0x1F00...0x1FFF]),
    ("cyrillic", [0x400...0x52F]), ("hebrew", [0x590...0x5FF]), ("arabic", [0x600...0x77F, 0xFB50...0xFDFF]),
    ("indic", [0x900...0xDFF]), ("south-east asian", [0xE00...0x109F, 0x1780...0x17FF]),
    ("kana", [0x3040...0x30FF]), ("hangul", [0x1100...0x11FF, 0xAC00...0xD7AF]),
    ("han", [0x3400...0x9FFF, 0x20000...0x323AF]),
  ]
}
