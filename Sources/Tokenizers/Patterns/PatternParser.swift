/// Reads a regular expression in the syntax that `tokenizers` hands to Oniguruma, as far as tokenizers use it:
/// sets and their unions and intersections, categories, `\s \d \w`, groups, alternatives, repeats (greedy, lazy, possessive),
/// look-ahead, look-behind at one scalar, `(?i)`. Whatever else stands there is an error that names it.
struct PatternParser {
  private let source: String
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var ignoresCase = false
  private var depth = 0

  private static let deepest = 64
  private static let most = 100_000

  static func parse(_ source: String) throws(TokenizerError) -> PatternNode {
    var parser = PatternParser(source)
    let node = try parser.choice()
    guard parser.position == parser.scalars.count else {
      throw parser.unsupported("a bracket without its pair")
    }
    return node
  }

  private init(_ source: String) {
    self.source = source
    scalars = Array(source.unicodeScalars)
  }

  private func unsupported(_ what: String) -> TokenizerError {
    .unsupportedPattern(pattern: source, what: what, place: position)
  }

  private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func take(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard scalars[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  // MARK: - Structure

  private mutating func choice() throws(TokenizerError) -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw unsupported("groups in groups deeper than \(Self.deepest)") }
    var parts = [try sequence()]
    while take("|") { parts.append(try sequence()) }
    return parts.count == 1 ? parts[0] : .choice(parts)
  }

  private mutating func sequence() throws(TokenizerError) -> PatternNode {
    var parts: [PatternNode] = []
    let outer = ignoresCase
    defer { ignoresCase = outer }
    while let scalar = next, scalar != "|", scalar != ")" {
      if take("(?i)") {
        ignoresCase = true
        continue
      }
      parts.append(try repeated(try atom()))
    }
    return parts.count == 1 ? parts[0] : .sequence(parts)
  }

  private mutating func repeated(_ atom: PatternNode) throws(TokenizerError) -> PatternNode {
    var node = atom
    while let bounds = try bounds() {
      var manner = PatternNode.Manner.greedy
      if take("?") {
        guard !bounds.isInterval || bounds.least != bounds.most else {
          throw unsupported("a lazy exact repeat")
        }
        manner = .lazy
      } else if !bounds.isInterval, take("+") {
        // Behind {n,m} a plus repeats the whole, as Oniguruma has it.
        manner = .possessive
      }
      if bounds.most == .max, node.canBeEmpty { throw unsupported("an endless repeat of what can be empty") }
      node = .repeat(node, least: bounds.least, most: bounds.most, manner)
    }
    return node
  }

  private mutating func bounds() throws(TokenizerError) -> (least: Int, most: Int, isInterval: Bool)? {
    if take("*") { return (0, .max, false) }
    if take("+") { return (1, .max, false) }
    if take("?") { return (0, 1, false) }
    let start = position
    guard take("{") else { return nil }
    let least = number()
    let hasComma = take(",")
    let most = hasComma ? number() : least
    guard take("}"), least != nil || most != nil else {
      position = start
      return nil
    }
    let bounds = (least ?? 0, most ?? .max)
    guard bounds.0 <= bounds.1, bounds.0 <= Self.most, bounds.1 == .max || bounds.1 <= Self.most else {
      throw unsupported("a repeat of \(bounds.0) to \(bounds.1)")
    }
    return (bounds.0, bounds.1, true)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let scalar = next, ("0"..."9").contains(scalar), (value ?? 0) < 1_000_000 {
      value = (value ?? 0) * 10 + Int(scalar.value - 48)
      position += 1
    }
    return value
  }

  private mutating func atom() throws(TokenizerError) -> PatternNode {
    guard let scalar = next else { return .empty }
    switch scalar {
    case "(": return try group()
    case "[": return .set(try bracket())
    case ".":
      position += 1
      return .set(.not(.scalar(0x0a)))
    case "^":
      position += 1
      return .lineStart
    case "$":
      position += 1
      return .lineEnd
    case "\\": return try escape()
    case "*", "+", "?": throw unsupported("a repeat of nothing")
    default:
      position += 1
      return .set(cased(scalar.value))
    }
  }

  private mutating func group() throws(TokenizerError) -> PatternNode {
    let outer = ignoresCase
    defer { ignoresCase = outer }
    var wrap: (PatternNode) -> PatternNode = { $0 }
    var looksBehind = false
    if take("(?:") {
    } else if take("(?i:") {
      ignoresCase = true
    } else if take("(?-i:") {
      ignoresCase = false
    } else if take("(?=") {
      wrap = { .look($0, ahead: true, negated: false) }
    } else if take("(?!") {
      wrap = { .look($0, ahead: true, negated: true) }
    } else if take("(?<=") {
      wrap = { .look($0, ahead: false, negated: false) }
      looksBehind = true
    } else if take("(?<!") {
      wrap = { .look($0, ahead: false, negated: true) }
      looksBehind = true
    } else if take("(?>") {
      wrap = { .atomic($0) }
    } else if take("(?") {
      throw unsupported("a group of the kind (?\(next.map { String($0) } ?? "")")
    } else {
      position += 1
    }
    let body = try choice()
    guard take(")") else { throw unsupported("a group without its end") }
    if looksBehind {
      guard case .set = body else { throw unsupported("a look behind at more than one character") }
    }
    return wrap(body)
  }

  private mutating func escape() throws(TokenizerError) -> PatternNode {
    if take("\\b") { return .wordBoundary(negated: false) }
    if take("\\B") { return .wordBoundary(negated: true) }
    if take("\\A") { return .textStart }
    if take("\\z") { return .textEnd }
    return .set(try escapedSet())
  }

  // MARK: - Sets

  /// A scalar, and under `(?i)` what it is in another case; `s` and `k` have a third form each.
  private func cased(_ value: UInt32) -> ScalarRule {
    guard ignoresCase, let scalar = Unicode.Scalar(value) else { return .scalar(value) }
    var all: [UInt32] = [value]
    for text in [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping] {
      if text.unicodeScalars.count == 1, let other = text.unicodeScalars.first { all.append(other.value) }
    }
    if all.contains(0x73) { all.append(0x17f) }
    if all.contains(0x6b) { all.append(0x212a) }
    return .union(all.map { .scalar($0) })
  }

  private mutating func bracket() throws(TokenizerError) -> ScalarRule {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw unsupported("sets in sets deeper than \(Self.deepest)") }
    guard !take("[[:") else { throw unsupported("a POSIX set [: :]") }
    position += 1
    let isNegated = take("^")
    var rules: [ScalarRule] = []
    var others: [ScalarRule] = []
    if take("]") { rules.append(.scalar(0x5d)) }
    while !take("]") {
      guard let scalar = next else { throw unsupported("a set without its end") }
      if scalar == "[" {
        rules.append(try bracket())
      } else if take("&&") {
        others.append(.union(rules))
        rules = []
      } else {
        rules.append(try member())
      }
    }
    let whole: ScalarRule = others.isEmpty ? .union(rules) : .intersection(others + [.union(rules)])
    return isNegated ? .not(whole) : whole
  }

  /// One member of a set: a scalar, a range or a class.
  private mutating func member() throws(TokenizerError) -> ScalarRule {
    let low = try memberRule()
    guard case .range(let first, let same) = low, first == same else { return low }
    let start = position
    guard take("-"), let scalar = next, scalar != "]", scalar != "[" else {
      position = start
      return cased(first)
    }
    guard case .range(let last, let end) = try memberRule(), last == end, first <= last else {
      throw unsupported("a range from \(first) to something else than a later character")
    }
    guard ignoresCase else { return .range(first, last) }
    guard last - first < 256 else { throw unsupported("a long range without regard to case") }
    return .union((first...last).map(cased))
  }

  private mutating func memberRule() throws(TokenizerError) -> ScalarRule {
    guard let scalar = next else { throw unsupported("a set without its end") }
    if scalar == "\\" { return try escapedSet() }
    position += 1
    return .scalar(scalar.value)
  }

  private mutating func escapedSet() throws(TokenizerError) -> ScalarRule {
    position += 1
    guard let scalar = next else { throw unsupported("a backslash at the end") }
    position += 1
    switch scalar {
    case "s": return .space
    case "S": return .not(.space)
    case "d": return .digit
    case "D": return .not(.digit)
    case "w": return .word
    case "W": return .not(.word)
    case "p": return try property(negated: false)
    case "P": return try property(negated: true)
    case "n": return .scalar(0x0a)
    case "r": return .scalar(0x0d)
    case "t": return .scalar(0x09)
    case "f": return .scalar(0x0c)
    case "v": return .scalar(0x0b)
    case "a": return .scalar(0x07)
    case "e": return .scalar(0x1b)
    case "x": return .scalar(try hexadecimal(digits: 2))
    case "u": return .scalar(try hexadecimal(digits: 4))
    default:
      guard scalar.isASCII, !scalar.properties.isAlphabetic, !("0"..."9").contains(scalar) else {
        throw unsupported("\\\(scalar)")
      }
      return .scalar(scalar.value)
    }
  }

  private mutating func hexadecimal(digits: Int) throws(TokenizerError) -> UInt32 {
    let isBraced = digits == 2 && take("{")
    var text = ""
    while let scalar = next, scalar.properties.isASCIIHexDigit, text.utf8.count < (isBraced ? 6 : digits) {
      text.unicodeScalars.append(scalar)
      position += 1
    }
    guard !isBraced || take("}"), let value = UInt32(text, radix: 16), Unicode.Scalar(value) != nil else {
      throw unsupported("a character by its number")
    }
    return value
  }

  private mutating func property(negated: Bool) throws(TokenizerError) -> ScalarRule {
    guard take("{") else { throw unsupported("\\p without {name}") }
    let isNegated = take("^") != negated
    var name = ""
    while let scalar = next, scalar != "}" {
      name.unicodeScalars.append(scalar)
      position += 1
    }
    guard take("}"), let rule = Self.rule(of: name) else { throw unsupported("\\p{\(name)}") }
    return isNegated ? .not(rule) : rule
  }

  private static func rule(of name: String) -> ScalarRule? {
    if let bits = ScalarCategory.bits(of: name) { return .categories(bits) }
    return switch name {
    case "Letter": .categories(ScalarCategory.bits(of: "L") ?? 0)
    case "Mark": .categories(ScalarCategory.bits(of: "M") ?? 0)
    case "Number": .categories(ScalarCategory.bits(of: "N") ?? 0)
    case "Punctuation": .categories(ScalarCategory.bits(of: "P") ?? 0)
    case "Symbol": .categories(ScalarCategory.bits(of: "S") ?? 0)
    case "Separator": .categories(ScalarCategory.bits(of: "Z") ?? 0)
    case "Han": .han
    case "Alphabetic": .alphabetic
    case "White_Space", "Space": .space
    default: nil
    }
  }
}
