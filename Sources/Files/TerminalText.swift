/// Text for a terminal: the one door for what came from outside (a name, a key, a path, a model's words).
public enum TerminalText {
  /// `text` without anything that a terminal obeys: control characters become their pictures (␛), those of the upper
  /// half and the ones that turn the direction of writing become `U+202E`. Line breaks and tabs stay.
  public static func safe(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isObeyed) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if isObeyed(scalar) {
        result.append(contentsOf: picture(of: scalar).unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// The same in one line: a name cannot look like two.
  public static func line(_ text: String) -> String {
    safe(text.replacing("\r\n", with: "␍␊").replacing("\n", with: "␊").replacing("\t", with: "␉"))
  }

  package static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0x00...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private static func picture(of scalar: Unicode.Scalar) -> String {
    if scalar.value < 0x20 { return String(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}") }
    if scalar.value == 0x7F { return "␡" }
    return "U+" + String(repeating: "0", count: scalar.value < 0x100 ? 2 : 0)
      + String(scalar.value, radix: 16, uppercase: true)
  }
}

extension TerminalText {
  /// JSON text in which nothing is left that a terminal obeys: such characters, which can only stand in strings, become
  /// escapes, which mean the same.
  public static func json(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isObeyed) else { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
      if isObeyed(scalar) {
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
  }
}
