/// A set of scalars as regular expressions write them: ranges, Unicode categories and their unions.
indirect enum ScalarRule: Hashable, Sendable {
  case range(UInt32, UInt32)
  /// Bits of `Unicode.GeneralCategory`, in the order of ``ScalarCategory``.
  case categories(UInt32)
  /// `\s`: the property White_Space.
  case space
  /// The property Alphabetic.
  case alphabetic
  /// The ideographs of `\p{Han}` as ranges; see ``ScalarRule/han``.
  case union([ScalarRule])
  case intersection([ScalarRule])
  case not(ScalarRule)

  func contains(_ value: UInt32) -> Bool {
    switch self {
    case .range(let low, let high): value >= low && value <= high
    case .categories(let bits): bits >> UInt32(ScalarCategory.of(value)) & 1 == 1
    case .space: Unicode.Scalar(value)?.properties.isWhitespace ?? false
    case .alphabetic: Unicode.Scalar(value)?.properties.isAlphabetic ?? false
    case .union(let rules): rules.contains { $0.contains(value) }
    case .intersection(let rules): rules.allSatisfy { $0.contains(value) }
    case .not(let rule): !rule.contains(value)
    }
  }

  static func scalar(_ value: UInt32) -> ScalarRule { .range(value, value) }

  /// `\d`, `\w` as Oniguruma and UTS 18 have them.
  static let digit = ScalarRule.categories(ScalarCategory.bits(of: "Nd") ?? 0)
  static let word = ScalarRule.union([
    .alphabetic,
    .categories(
      ["M", "Nd", "Pc"].reduce(0) { $0 | (ScalarCategory.bits(of: $1) ?? 0) }),
  ])

  /// `\p{Han}`: the script's ranges (Unicode 16).
  static let han = ScalarRule.union(
    [
      (0x2e80, 0x2e99), (0x2e9b, 0x2ef3), (0x2f00, 0x2fd5), (0x3005, 0x3005), (0x3007, 0x3007),
      (0x3021, 0x3029),
      (0x3038, 0x303b), (0x3400, 0x4dbf), (0x4e00, 0x9fff), (0xf900, 0xfa6d), (0xfa70, 0xfad9),
      (0x16fe2, 0x16fe3),
      (0x16ff0, 0x16ff1), (0x20000, 0x2a6df), (0x2a700, 0x2b739), (0x2b740, 0x2b81d), (0x2b820, 0x2cea1),
      (0x2ceb0, 0x2ebe0), (0x2ebf0, 0x2ee5d), (0x2f800, 0x2fa1d), (0x30000, 0x3134a), (0x31350, 0x323af),
    ].map { ScalarRule.range($0.0, $0.1) })
}

/// Unicode's general categories as small numbers.
enum ScalarCategory {
  private static let names = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf",
    "Po", "Sm",
    "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
  ]

  /// The bits of a category (`Lu`) or of all that begin with a letter (`L`); nil for another name.
  static func bits(of name: String) -> UInt32? {
    if name == "LC" { return 0b111 }
    let bits = names.enumerated().reduce(UInt32(0)) { bits, entry in
      entry.element == name || name.utf8.count == 1 && entry.element.hasPrefix(name)
        ? bits | 1 << UInt32(entry.offset) : bits
    }
    return bits == 0 ? nil : bits
  }

  /// The number of a scalar's category.
  static func of(_ value: UInt32) -> UInt8 {
    value < basicPlane.count ? basicPlane[Int(value)] : number(value)
  }

  private static let basicPlane: [UInt8] = (0..<0x1_0000).map(number)

  /// The number of a scalar's category in Unicode 8, the version of the tables that `tokenizers` takes for BERT's rules and
  /// for punctuation: what came later has none.
  static func ofEight(_ value: UInt32) -> UInt8 {
    value < earlyPlane.count ? earlyPlane[Int(value)] : early(value)
  }

  private static let earlyPlane: [UInt8] = (0..<0x1_0000).map(early)

  private static func early(_ value: UInt32) -> UInt8 {
    guard let age = Unicode.Scalar(value)?.properties.age, age.major <= 8 else { return 29 }
    return of(value)
  }

  private static func number(_ value: UInt32) -> UInt8 {
    guard let scalar = Unicode.Scalar(value) else { return 27 }
    return switch scalar.properties.generalCategory {
    case .uppercaseLetter: 0
    case .lowercaseLetter: 1
    case .titlecaseLetter: 2
    case .modifierLetter: 3
    case .otherLetter: 4
    case .nonspacingMark: 5
    case .spacingMark: 6
    case .enclosingMark: 7
    case .decimalNumber: 8
    case .letterNumber: 9
    case .otherNumber: 10
    case .connectorPunctuation: 11
    case .dashPunctuation: 12
    case .openPunctuation: 13
    case .closePunctuation: 14
    case .initialPunctuation: 15
    case .finalPunctuation: 16
    case .otherPunctuation: 17
    case .mathSymbol: 18
    case .currencySymbol: 19
    case .modifierSymbol: 20
    case .otherSymbol: 21
    case .spaceSeparator: 22
    case .lineSeparator: 23
    case .paragraphSeparator: 24
    case .control: 25
    case .format: 26
    case .surrogate: 27
    case .privateUse: 28
    case .unassigned: 29
    @unknown default: 29
    }
  }
}
