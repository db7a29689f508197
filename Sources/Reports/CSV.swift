/// Comma-separated values (RFC 4180): fields with commas, quotes or line breaks in quotes, lines that end in CRLF.
public enum CSV {
  /// The lines of a file.
  public static func text(_ rows: some Sequence<[String]>) -> String {
    var text = ""
    for row in rows { text += row.map(quoted).joined(separator: ",") + "\r\n" }
    return text
  }

  /// Words as a field: what a spreadsheet would take for a formula gets an apostrophe in front, which it takes away again; numbers in
  /// words stay.
  public static func words(_ text: String) -> String {
    guard let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first),
      Double(text) == nil
    else { return text }
    return "'" + text
  }

  /// A number in full precision: the shortest decimal that reads back as the same Double; nothing for what is not finite.
  public static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "" }
    return "\(value)"
  }

  /// The same of single precision.
  public static func number(_ value: Float?) -> String {
    guard let value, value.isFinite else { return "" }
    return "\(value)"
  }

  private static func quoted(_ field: String) -> String {
    // Scalars, not Characters: CR LF is one Character in Swift.
    let needsQuotes = field.unicodeScalars.contains { "\",\r\n".unicodeScalars.contains($0) }
    guard needsQuotes || field.first == " " || field.last == " " else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}
