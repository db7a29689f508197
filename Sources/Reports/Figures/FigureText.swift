/// How much room words take, before anything is drawn. Widths are in em, of a sans-serif on the wide side.
package enum FigureText {
  package static func width(_ text: String) -> Double { text.reduce(0) { $0 + width($1) } }

  private static func width(_ character: Character) -> Double {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    if scalar.value >= 0x1100, !(0x2000...0x2BFF).contains(scalar.value) { return 1 }
    if "iljI.,:;'|! ".contains(character) { return 0.33 }
    if "ftr()[]-".contains(character) { return 0.4 }
    if "mwMW%@—".contains(character) { return 0.95 }
    return character.isUppercase ? 0.7 : 0.62
  }

  /// `text` in lines of at most `room`: broken at spaces, and behind `/`, `-` and `_` where a word is longer; what still is too long
  /// loses its middle.
  package static func lines(_ text: String, room: Double, atMost most: Int = 3) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in pieces(text, room: room) {
      if !line.isEmpty, width(line) + width(trimmed(word)) > room {
        lines.append(trimmed(line))
        line = ""
      }
      line += word
    }
    lines.append(trimmed(line))
    if lines.count > most { lines = lines.prefix(most - 1) + [lines[(most - 1)...].joined(separator: " ")] }
    return lines.map { fitted($0, room: room) }
  }

  /// `text`, without its middle where it is wider than `room`: ends tell names apart.
  package static func fitted(_ text: String, room: Double) -> String {
    guard width(text) > room else { return text }
    let letters = Array(text)
    var kept = letters.count - 1
    while kept > 2 {
      let short = String(letters.prefix((kept + 1) / 2)) + "…" + String(letters.suffix(kept / 2))
      if width(short) <= room { return short }
      kept -= 1
    }
    return String(letters.prefix(1)) + "…"
  }

  /// Words with the spaces behind them; words that are wider than the room in parts.
  private static func pieces(_ text: String, room: Double) -> [String] {
    cut(text, after: [" "]).flatMap { width($0) > room ? cut($0, after: ["/", "-", "_"]) : [$0] }
  }

  private static func cut(_ text: String, after ends: Set<Character>) -> [String] {
    text.reduce(into: [""]) { pieces, character in
      pieces[pieces.count - 1].append(character)
      if ends.contains(character) { pieces.append("") }
    }.filter { !$0.isEmpty }
  }

  private static func trimmed(_ text: String) -> String {
    var rest = text[...]
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}
