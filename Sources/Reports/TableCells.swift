extension Table.Column {
  /// A cell as readers see it: rounded to the digits of the column, an estimate as `0.43 [0.41, 0.45]`, and `n/e (1)` for the
  /// first of the reasons why something is not evaluable, which are collected.
  func words(_ cell: Table.Cell, reasons: inout [String]) -> String {
    switch cell {
    case .text(let text): return text
    case .integer(let value): return String(value)
    case .number(let value): return format.text(value) ?? "n/e"
    case .estimate(let value, let lower, let upper):
      guard let middle = format.text(value) else { return "n/e" }
      guard let low = format.text(lower), let high = format.text(upper) else { return middle }
      return "\(middle) [\(low), \(high)]"
    case .notEvaluable(let reason):
      let index = reasons.firstIndex(of: reason) ?? reasons.endIndex
      if index == reasons.endIndex { reasons.append(reason) }
      return "n/e (\(index + 1))"
    }
  }

  private var format: NumberFormat {
    switch kind {
    case .number(let format), .estimate(let format): format
    case .text, .integer: .decimals(0)
    }
  }
}

extension Table {
  /// What stands below a table of which something is not evaluable; nil where all is.
  static func note(on reasons: [String]) -> String? {
    guard !reasons.isEmpty else { return nil }
    let list = reasons.enumerated().map { "(\($0 + 1)) \($1)" }
    return "n/e: not evaluable, because " + list.joined(separator: "; ") + "."
  }
}
