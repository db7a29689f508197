internal import Foundation
internal import Reports
public import Stores
internal import Studies
public import Workflow

extension PairResult {
  /// Writes the table of matched tokens.
  /// - Parameter paths: each ends in `.csv` or `.h5`, which says how.
  /// - Throws: `ReportError`, `StoreError` where it cannot be written.
  public func writeTokens(to paths: [String]) throws {
    guard !paths.isEmpty else { return }
    let table = tokenTable
    for path in paths {
      if path.hasSuffix(".h5") {
        try table.write(to: path)
      } else {
        try TextFile.write(table.csv, to: URL(filePath: path))
      }
    }
  }
}

extension TokenTable {
  /// As CSV: a line a token; a field is empty where a token has no number.
  public var csv: String {
    let rows = (0..<(columns.first?.values.count ?? 0)).lazy.map { row in columns.map { $0.values.field(row) }
    }
    return CSV.text([columns.map(\.name)]) + CSV.text(rows)
  }

  /// By column, `null` where a token has no number.
  var json: JSONValue {
    .object(Dictionary(uniqueKeysWithValues: columns.map { ($0.name, .array($0.values.json)) }))
  }
}

extension TokenTable.Values {
  fileprivate func field(_ row: Int) -> String {
    switch self {
    case .texts(let texts): texts[row]
    case .integers(let integers): String(integers[row])
    case .numbers(let numbers): CSV.number(numbers[row])
    }
  }

  fileprivate var json: [JSONValue] {
    switch self {
    case .texts(let texts): texts.map { .string($0) }
    case .integers(let integers): integers.map { .integer(Int($0)) }
    // In the digits of single precision.
    case .numbers(let numbers):
      numbers.map { $0.isFinite ? .number(Double("\($0)") ?? Double($0)) : .null }
    }
  }
}

extension ReportWriter {
  /// Leaves the table of a pair's tokens beside the report, and says how to read it.
  mutating func tokens(_ pair: PairResult) throws {
    let names = ["csv", "h5"].map { "\(pair.name).tokens.\($0)" }
    try pair.writeTokens(to: names.map { folder.appending(path: $0).path })
    document.paragraph(
      "Every matched token with its rows, its class and what measures say of it: \(code: names[0]), \(code: names[1])."
    )
  }
}
