/// Words of texts, as measures of texts count them.
enum TextWords {
  /// Runs of letters and digits in lower case; an apostrophe within a word belongs to it.
  static func words(of text: String) -> [String] {
    text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "'" && $0 != "’" }
      .map { $0.trimmingEnds { $0 == "'" || $0 == "’" } }
      .filter { !$0.isEmpty }
  }
}

extension Substring {
  fileprivate func trimmingEnds(_ isTaken: (Character) -> Bool) -> String {
    guard let first = firstIndex(where: { !isTaken($0) }), let last = lastIndex(where: { !isTaken($0) })
    else {
      return ""
    }
    return String(self[first...last])
  }
}
