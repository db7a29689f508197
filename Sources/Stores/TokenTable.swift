/// The matched tokens of two models, a row each, with what was found of every token.
public struct TokenTable: Sendable, Equatable {
  /// A column: its name, what it is in words, and a value for each token.
  public struct Column: Sendable, Equatable {
    public let name: String
    public let meaning: String
    public let values: Values

    public init(_ name: String, _ meaning: String, _ values: Values) {
      (self.name, self.meaning, self.values) = (name, meaning, values)
    }
  }

  /// What a column holds.
  public enum Values: Sendable, Equatable {
    case texts([String])
    case integers([Int32])
    /// NaN where a token has none.
    case numbers([Float])

    /// How many tokens there are.
    public var count: Int {
      switch self {
      case .texts(let texts): texts.count
      case .integers(let integers): integers.count
      case .numbers(let numbers): numbers.count
      }
    }
  }

  /// The stores that the tokens are of.
  public let a: StoreReference
  public let b: StoreReference
  /// Which matrix: `input` or `output`.
  public let space: String
  public let columns: [Column]
  public let toolVersion: String

  /// - Precondition: columns of one length with different names, which are words joined by `_`.
  public init(
    _ a: StoreReference, _ b: StoreReference, space: String, columns: [Column], toolVersion: String
  ) {
    precondition(Set(columns.map(\.values.count)).count <= 1, "columns of different lengths")
    precondition(Set(columns.map(\.name)).count == columns.count, "two columns of one name")
    (self.a, self.b, self.space) = (a, b, space)
    (self.columns, self.toolVersion) = (columns, toolVersion)
  }
}

// MARK: - The file

/// ```
/// /        sextant-tokens 2.0.0, @name-a, @identity-a, @name-b, @identity-b, @space, @column-order
///   NAME     text, I32 or F32 [n], @meaning; NaN where a token has no number
/// ```
extension TokenTable {
  private static let orderKey = "column-order"
  private static let meaningKey = "meaning"

  /// Writes the table as HDF5, in place of one that is there.
  /// - Throws: `StoreError` for text that does not fit a file; `OutputError.locked` while another process writes it.
  public func write(to path: String) throws(StoreError) { try write(to: path, convertedFrom: nil) }

  func write(to path: String, convertedFrom old: StoreReader?) throws(StoreError) {
    let builder = try StoreBuilder.begin(path: path, encoding: .tokens, writer: toolVersion)
    let texts = [
      ("name-a", a.name), ("identity-a", a.identity), ("name-b", b.name), ("identity-b", b.identity),
      ("space", space), (Self.orderKey, columns.map(\.name).joined(separator: " ")),
    ]
    for (name, text) in texts { try builder.set(name, of: "/", to: .text(text)) }
    for column in columns {
      let element = "/\(column.name)"
      switch column.values {
      case .texts(let texts): try builder.strings(element, texts)
      case .integers(let integers): try builder.vector(element, integers)
      case .numbers(let numbers): try builder.vector(element, numbers)
      }
      try builder.set(Self.meaningKey, of: element, to: .text(column.meaning))
    }
    try builder.finish(convertedFrom: old)
  }

  /// Reads a table.
  /// - Throws: `StoreError` naming the element that is damaged, missing, unknown or refused.
  public static func open(_ path: String) throws(StoreError) -> TokenTable {
    try TokenTable(from: StoreReader(path: path, expecting: .tokens, allowUnsealed: false))
  }

  init(from reader: StoreReader) throws(StoreError) {
    func reference(_ side: String) throws(StoreError) -> StoreReference {
      StoreReference(
        name: try reader.text("/", "name-\(side)"), identity: try reader.text("/", "identity-\(side)"))
    }
    let order = try reader.text("/", Self.orderKey).split(separator: " ").map { "/\($0)" }
    let known = reader.description.elements.map(\.path).filter { $0 != "/" }
    guard order.count == known.count, Set(order) == Set(known) else {
      throw reader.place("/").malformed(
        Self.orderKey, expected: known.joined(separator: " "), actual: order.joined(separator: " "))
    }
    var columns: [Column] = []
    for element in order {
      let values = try Self.values(element, reader)
      guard values.count == columns.first?.values.count ?? values.count else {
        throw reader.place(element).malformed(
          "length", expected: "\(columns[0].values.count)", actual: "\(values.count)")
      }
      columns.append(
        Column(String(element.dropFirst()), try reader.text(element, Self.meaningKey), values))
    }
    self.init(
      try reference("a"), try reference("b"), space: try reader.text("/", "space"), columns: columns,
      toolVersion: try reader.text("/", StoreBuilder.writerKey))
  }

  private static func values(_ element: String, _ reader: StoreReader) throws(StoreError) -> Values {
    switch reader.description.element(element)?.type {
    case Int32.typeName: .integers(try reader.vector(element, of: Int32.self))
    case Float.typeName: .numbers(try reader.vector(element, of: Float.self))
    default: .texts(try reader.strings(element))
    }
  }
}
