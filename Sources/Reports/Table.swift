/// A table whose cells know what they are: names with units, numbers with stated digits, estimates with
/// intervals, and reasons where a number could not be had.
///
/// The same value renders as Markdown for readers (``markdown()``: rounded) and as CSV for programs
/// (``csv()``: full precision). Neither ever shows NaN or an infinity: such a number becomes a cell that
/// is not evaluable and says so.
public struct Table: Sendable, Equatable {
  /// On which side the cells of a column stand.
  public enum Alignment: Sendable { case left, right, centre }

  /// What the cells of a column hold; fixes the CSV columns independently of the rows.
  public enum Kind: Sendable, Equatable {
    /// Words. Treated as untrusted: escaped in Markdown.
    case text
    /// Counts.
    case integer
    /// Numbers, rounded in Markdown.
    case number(NumberFormat)
    /// A number with an interval around it: `0.43 [0.41, 0.45]`; three CSV columns.
    case estimate(NumberFormat)
  }

  /// A column: its name, unit and kind.
  public struct Column: Sendable, Equatable {
    /// The name that readers see, for example `log-odds`.
    public let name: String
    /// The unit, for example `nats`; `nil` for words and for pure counts.
    public let unit: String?
    public let kind: Kind
    public let alignment: Alignment
    /// What `results.json` calls its numbers, behind the task of a row; `{}` stands for what a row adds. An estimate's column
    /// without one leaves it to the rows.
    public let metric: String?

    /// - Parameter alignment: `nil` puts words to the left and numbers to the right.
    public init(
      _ name: String, unit: String? = nil, _ kind: Kind = .text, alignment: Alignment? = nil,
      metric: String? = nil
    ) {
      self.name = name
      self.unit = unit
      self.kind = kind
      self.metric = metric
      self.alignment = alignment ?? (kind == .text ? .left : .right)
    }
  }

  /// One cell.
  public enum Cell: Sendable, Equatable {
    case text(String)
    case integer(Int)
    case number(Double)
    /// A value and the ends of its interval, in the unit of the column.
    case estimate(Double, lower: Double, upper: Double)
    /// Why there is no value.
    case notEvaluable(String)
  }

  /// What the table shows, with n, the kind of interval and the null: a caption, one or two sentences.
  public let caption: String
  public let columns: [Column]
  public private(set) var rows: [[Cell]]
  /// Of each row, what its numbers are called.
  private(set) var names: [Name] = []

  struct Name: Sendable, Equatable {
    let task: String?
    let metric: String?
  }

  /// - Precondition: the CSV names of the columns differ (``csvHeader``), every row has a cell for each column,
  ///   and every cell is of its column's kind or not evaluable.
  public init(_ caption: String, columns: [Column], rows: [[Cell]] = []) {
    self.caption = caption
    self.columns = columns
    self.rows = []
    let names = columns.map(\.csvName)
    precondition(Set(names).count == names.count, "two columns share a CSV name: \(names)")
    for row in rows { append(row) }
  }

  /// Adds a row at the end.
  ///
  /// A number where an estimate is expected is an estimate without interval; an integer is a number too.
  ///
  /// - Parameters:
  ///   - task: what `results.json` has the row's numbers under.
  ///   - metric: the name there of the row's estimate, or what it adds to the names of the columns.
  public mutating func append(_ row: [Cell], task: String? = nil, metric: String? = nil) {
    precondition(row.count == columns.count, "a row has \(row.count) cells for \(columns.count) columns")
    rows.append(zip(columns, row).map { column, cell in column.checked(cell) })
    names.append(Name(task: task, metric: metric))
  }

  /// What `results.json` and hypotheses call the estimate in a cell, `task/metric`; `nil` for other cells.
  ///
  /// - Precondition: a row and a column of the table.
  public func name(row: Int, column: Int) -> String? {
    guard let task = names[row].task, case .estimate = columns[column].kind else { return nil }
    let metric = (columns[column].metric ?? "{}").replacing("{}", with: names[row].metric ?? "")
    return metric.isEmpty ? nil : "\(task)/\(metric)"
  }
}

extension Table.Column {
  /// The name of the CSV column: lower case, words joined by `_`, the unit last: `log_odds_nats`, `dose_minus_1`.
  public var csvName: String {
    let unitWords = unit.map { $0.replacing("%", with: "percent").replacing("×", with: "times") }
    // `dose -1` and `dose 1` are two columns.
    let signed = name.replacing(" -", with: " minus ")
    let words = [signed, unitWords ?? ""].flatMap { $0.lowercased().split { !$0.isLetter && !$0.isNumber } }
    return words.isEmpty ? "column" : words.joined(separator: "_")
  }

  /// The heading that readers see: `log-odds (nats)`.
  var heading: String { unit.map { "\(name) (\($0))" } ?? name }

  fileprivate func checked(_ cell: Table.Cell) -> Table.Cell {
    switch (kind, cell) {
    case (_, .notEvaluable), (.text, .text), (.integer, .integer): return cell
    case (.number, .integer(let value)): return .number(Double(value))
    case (.number, .number(let value)):
      return value.isFinite ? cell : .notEvaluable("the value is not finite")
    case (.estimate, .integer(let value)): return .estimate(Double(value), lower: .nan, upper: .nan)
    case (.estimate, .number(let value)):
      return value.isFinite
        ? .estimate(value, lower: .nan, upper: .nan) : .notEvaluable("the value is not finite")
    case (.estimate, .estimate(let value, _, _)):
      return value.isFinite ? cell : .notEvaluable("the value is not finite")
    default: preconditionFailure("column \(name) holds \(kind), a row brings \(cell)")
    }
  }
}
