import Files

/// What the parser says of a value that is none of an option's words, with the word that may have been meant.
///
/// The words of an option are known to the parser alone; its message lists them.
enum ValueSuggestion {
  static func added(to message: String) -> String {
    let list =
      #/(?<place>The value '(?<value>[^\n]*)' is invalid for '[^'\n]*')\. Please provide one of (?<words>[^\n]*(\n  - [^\n]*)*)/#
    guard let fault = message.firstMatch(of: list)?.output else { return message }
    let words = fault.words.matches(of: /'([^']+)'|\n  - ([^\n]+)/).map { String($0.1 ?? $0.2 ?? "") }
    let meant = suggestion(for: String(fault.value), among: words)
    return meant.isEmpty
      ? message : message.replacing(fault.place + ".", with: fault.place + meant, maxReplacements: 1)
  }
}
