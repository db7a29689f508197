extension Parameters {
  /// A study file with every key, at the value that it has where it is left out, and with what it is; docs/studies.md holds it.
  package static var page: String {
    var lines: [String] = []
    var section: String?
    for parameter in all {
      if parameter.section != section {
        section = parameter.section
        lines += [""] + [section.map { "\($0):" }].compactMap { $0 }
      }
      lines += parameter.lines
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension AnyParameter {
  /// Key and value, and behind them in a column what it is.
  fileprivate var lines: [String] {
    let (column, width) = (34, 120)
    let entry = example.map { "# \(name): \($0)" } ?? "\(name): \(standardText)"
    let head = (section == nil ? "" : "  ") + entry
    var line = head + String(repeating: " ", count: max(2, column - head.count)) + "#"
    var lines: [String] = []
    for word in words(help).split(separator: " ") {
      if line.count + 1 + word.count > width {
        lines.append(line)
        line = String(repeating: " ", count: column) + "#"
      }
      line += " \(word)"
    }
    return lines + [line]
  }
}
