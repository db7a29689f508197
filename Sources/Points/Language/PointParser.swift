/// Reads a ``PointExpression``; one method a rule of its grammar.
///
/// Nesting is bounded, so that no text can exhaust the stack.
public struct PointParser {
  private let text: String
  private let characters: [Character]
  private var position = 0
  private var depth = 0

  private static let deepest = 64
  private static let functions = ["mean", "lerp", "slerp", "direction"]
  private static let atoms = ["token", "state", "vector", "row", "item"]

  private init(_ text: String) { (self.text, characters) = (text, Array(text)) }

  /// - Throws: ``PointError`` with the column of the first thing that is not as it should be.
  public static func parse(_ text: String) throws(PointError) -> PointExpression {
    var parser = PointParser(text)
    let point = try parser.sum()
    parser.skipSpace()
    guard parser.isAtEnd else {
      throw parser.fault("+, -, *, / or the end of the expression", at: parser.position)
    }
    return point
  }

  // MARK: - Rules

  /// term (("+" | "-") term)*
  private mutating func sum() throws(PointError) -> PointExpression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else {
      throw fault("at most \(Self.deepest) parentheses inside each other", at: position)
    }
    skipSpace()
    let start = position
    var terms = [try term()]
    while true {
      skipSpace()
      guard let sign = take(where: { $0 == "+" || $0 == "-" }) else { break }
      let next = try term()
      terms.append(.init(sign == "-" ? -next.weight : next.weight, next.point))
    }
    if terms.count == 1, terms[0].weight == 1 { return terms[0].point }
    return PointExpression(.sum(terms), column: start + 1)
  }

  /// "-"* (number "*")* factor (("*" | "/") number)*
  private mutating func term() throws(PointError) -> PointExpression.Term {
    var weight = 1.0
    skipSpace()
    while take("-") {
      weight = -weight
      skipSpace()
    }
    while let number = try numberIfThere() {
      weight *= number.value
      skipSpace()
      guard take("*") else {
        throw fault("* between the weight \(PointExpression.number(number.value)) and a point", at: position)
      }
      skipSpace()
    }
    let point = try factor()
    while true {
      skipSpace()
      guard let sign = take(where: { $0 == "*" || $0 == "/" }) else { break }
      skipSpace()
      let start = position
      let factor = try number()
      guard sign == "*" || factor != 0 else { throw fault("a number other than 0 to divide by", at: start) }
      weight *= sign == "*" ? factor : 1 / factor
    }
    return .init(weight, point)
  }

  /// "(" sum ")" | function "(" … ")" | atom
  private mutating func factor() throws(PointError) -> PointExpression {
    let start = position
    if take("(") {
      let point = try sum()
      try expect(")")
      return point
    }
    let word = takeWord()
    if Self.functions.contains(word) { return PointExpression(try function(word), column: start + 1) }
    guard Self.atoms.contains(word) else {
      throw PointError(
        at: PointPlace(text, start + 1),
        .syntax(
          expected: "token:, state:, vector:, row:, item:, mean(, lerp(, slerp(, direction(, a weight or (",
          actual: word.isEmpty ? found(at: start) : "\"\(word)\"",
          among: word.isEmpty ? nil : (word, Self.atoms + Self.functions))
      )
    }
    try expect(":", spaced: false)
    return PointExpression(try atom(word), column: start + 1)
  }

  private mutating func function(_ name: String) throws(PointError) -> PointExpression.Node {
    try expect("(")
    var points = [try sum()]
    if name == "direction" {
      try expect(")")
      return .direction(points[0])
    }
    if name == "mean" {
      while takeAfterSpace(",") { points.append(try sum()) }
      try expect(")")
      return .mean(points)
    }
    try expect(",")
    points.append(try sum())
    try expect(",")
    skipSpace()
    let sign = take("-") ? -1.0 : 1
    let share = sign * (try number())
    try expect(")")
    return name == "lerp" ? .lerp(points[0], points[1], share) : .slerp(points[0], points[1], share)
  }

  private mutating func atom(_ kind: String) throws(PointError) -> PointExpression.Node {
    switch kind {
    case "token":
      let name = try take("#") ? PointExpression.TokenName.id(integer()) : .text(string("a token's text"))
      return .token(name, space: try spaceIfThere())
    case "state":
      let prompt = try string("a prompt")
      let start = position
      guard let space = try spaceIfThere() else {
        throw fault("@ and the block whose output is read, as in @12[-1]", at: start)
      }
      try expect("[", spaced: false)
      skipSpace()
      let place = try signedInteger()
      try expect("]")
      return .state(prompt: prompt, space: space, position: place)
    case "vector":
      let path = try name("a file")
      guard take("@") else { return .vector(path: path, layer: nil) }
      return .vector(path: path, layer: try integer())
    case "item": return .item(try name("an item's name"))
    default:
      let path = try name("a file")
      let element = take(":") ? try name("a tensor or a dataset") : nil
      guard take("#") else { throw fault("# and the number of a row, as in #17", at: position) }
      let row = try signedInteger()
      return .row(.init(path: path, element: element, row: row), space: try spaceIfThere())
    }
  }

  /// "@" space
  private mutating func spaceIfThere() throws(PointError) -> PointSpace? {
    guard take("@") else { return nil }
    let start = position
    let word = takeWhile { $0.isLetter || $0.isNumber || $0 == "." }
    guard let space = PointSpace(notation: word) else {
      throw PointError(
        at: PointPlace(text, start + 1),
        .syntax(
          expected: "input, output, embedding, a block such as 12, or a site of one such as 12.mlpOutput",
          actual: word.isEmpty ? found(at: start) : "\"\(word)\"",
          among: word.isEmpty ? nil : (word, ["input", "output", "embedding"])))
    }
    return space
  }

  // MARK: - Words

  /// Where a path that is not quoted ends.
  static func endsBareName(_ character: Character) -> Bool {
    character.isWhitespace || "(),#@:\"".contains(character)
  }

  private mutating func name(_ what: String) throws(PointError) -> String {
    if peek == "\"" { return try string(what) }
    let start = position
    let name = takeWhile { !Self.endsBareName($0) }
    guard !name.isEmpty else { throw fault(what, at: start) }
    return name
  }

  private mutating func string(_ what: String) throws(PointError) -> String {
    let start = position
    guard take("\"") else { throw fault("\(what) between double quotes", at: start) }
    var result = ""
    while let character = next() {
      switch character {
      case "\"": return result
      case "\\": result.unicodeScalars.append(contentsOf: try escaped())
      default: result.append(character)
      }
    }
    throw fault("a closing \" for the one in column \(start + 1)", at: position)
  }

  private mutating func escaped() throws(PointError) -> [Unicode.Scalar] {
    let start = position - 1
    switch next() {
    case "\"": return ["\""]
    case "\\": return ["\\"]
    case "n": return ["\n"]
    case "t": return ["\t"]
    case "u":
      if take("{") {
        let digits = takeWhile { $0.isHexDigit }
        if take("}"), let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) {
          return [scalar]
        }
      }
    default: break
    }
    throw fault("\\\", \\\\, \\n, \\t or \\u{…}", at: start)
  }

  private mutating func numberIfThere() throws(PointError) -> (value: Double, start: Int)? {
    guard let first = peek, first.isASCII, first.isNumber || first == "." else { return nil }
    let start = position
    return (try number(), start)
  }

  private mutating func number() throws(PointError) -> Double {
    let start = position
    var digits = takeWhile { $0.isASCII && $0.isNumber || $0 == "." }
    if peek == "e" || peek == "E" {
      let before = position
      position += 1
      let sign = take(where: { $0 == "-" || $0 == "+" }).map(String.init) ?? ""
      let exponent = takeWhile { $0.isASCII && $0.isNumber }
      if exponent.isEmpty { position = before } else { digits += "e\(sign)\(exponent)" }
    }
    guard let value = Double(digits), value.isFinite else { throw fault("a number", at: start) }
    return value
  }

  private mutating func integer() throws(PointError) -> Int {
    let start = position
    guard let value = Int(takeWhile { $0.isASCII && $0.isNumber }) else {
      throw fault("a whole number", at: start)
    }
    return value
  }

  private mutating func signedInteger() throws(PointError) -> Int {
    let isNegative = take("-")
    let value = try integer()
    return isNegative ? -value : value
  }

  // MARK: - Characters

  private var isAtEnd: Bool { position == characters.count }
  private var peek: Character? { isAtEnd ? nil : characters[position] }

  private mutating func next() -> Character? {
    guard let character = peek else { return nil }
    position += 1
    return character
  }

  private mutating func take(_ wanted: Character) -> Bool { take { $0 == wanted } != nil }

  private mutating func take(where fits: (Character) -> Bool) -> Character? {
    guard let character = peek, fits(character) else { return nil }
    position += 1
    return character
  }

  private mutating func takeAfterSpace(_ wanted: Character) -> Bool {
    skipSpace()
    return take(wanted)
  }

  private mutating func takeWhile(_ fits: (Character) -> Bool) -> String {
    var result = ""
    while let character = take(where: fits) { result.append(character) }
    return result
  }

  private mutating func takeWord() -> String { takeWhile { $0.isASCII && $0.isLetter } }

  private mutating func skipSpace() { _ = takeWhile(\.isWhitespace) }

  private mutating func expect(_ wanted: Character, spaced: Bool = true) throws(PointError) {
    if spaced { skipSpace() }
    guard take(wanted) else { throw fault("\"\(wanted)\"", at: position) }
  }

  private func found(at position: Int) -> String {
    position < characters.count ? "\"\(characters[position])\"" : "the end"
  }

  private func fault(_ expected: String, at position: Int) -> PointError {
    PointError(
      at: PointPlace(text, position + 1), .syntax(expected: expected, actual: found(at: position), among: nil)
    )
  }
}
