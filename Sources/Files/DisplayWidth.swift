extension TerminalText {
  /// The columns that a terminal gives to a text: two to wide characters (CJK, emoji), none to marks that stand on others.
  public static func width(_ text: String) -> Int {
    if text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 }) { return text.utf8.count }
    return text.reduce(0) { $0 + width($1) }
  }

  static func width(_ character: Character) -> Int {
    let scalars = character.unicodeScalars
    guard let first = scalars.first else { return 0 }
    // An emoji of several scalars (a flag, a family, a skin tone) is one picture.
    let isPicture =
      first.properties.isEmojiPresentation
      || first.properties.isEmoji && scalars.contains { $0.value == 0xFE0F || $0.value == 0x20E3 }
    return isPicture ? 2 : scalars.reduce(0) { $0 + width($1) }
  }

  private static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .control, .lineSeparator, .paragraphSeparator: return 0
    // All but the soft hyphen.
    case .format: return scalar.value == 0xAD ? 1 : 0
    default: break
    }
    // The vowels and final consonants of Hangul stand in the syllable's square.
    if 0x1160...0x11FF ~= scalar.value || 0xD7B0...0xD7FF ~= scalar.value { return 0 }
    return wide.contains { $0 ~= scalar.value } ? 2 : 1
  }

  /// East Asian Width W and F, by blocks (Unicode Standard Annex 11); emoji are known by their own property.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
    0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD,
  ]

  /// The longest beginning of a text that takes no more columns; an ellipsis stands for what is left out.
  public static func cut(_ text: String, to columns: Int) -> String {
    guard width(text) > columns else { return text }
    guard columns > 0 else { return "" }
    var (kept, used) = ("", 0)
    for character in text {
      let width = width(character)
      guard used + width <= columns - 1 else { break }
      kept.append(character)
      used += width
    }
    return kept + "…"
  }

  /// A text in lines of at most so many columns, broken between words, and inside a word that is longer than a line: behind
  /// its hyphens and slashes, where it has any.
  public static func wrapped(_ text: String, to columns: Int) -> [String] {
    let columns = max(1, columns)
    var lines: [String] = []
    var (line, used) = ("", 0)
    for word in text.split(separator: " ") {
      let wordWidth = width(String(word))
      if !line.isEmpty {
        if used + 1 + wordWidth <= columns {
          line += " \(word)"
          used += 1 + wordWidth
          continue
        }
        lines.append(line)
        (line, used) = ("", 0)
      }
      for character in word {
        let width = width(character)
        if used + width > columns, !line.isEmpty {
          // Behind a hyphen or a slash, if there is one.
          let end = line.lastIndex { "-/_".contains($0) }.map { line.index(after: $0) } ?? line.endIndex
          lines.append(String(line[..<end]))
          line = String(line[end...])
          used = Self.width(line)
        }
        line.append(character)
        used += width
      }
    }
    return lines.isEmpty || !line.isEmpty ? lines + [line] : lines
  }
}
