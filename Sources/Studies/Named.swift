/// Values by names that the user chose, in the order of the file: a mapping in a study file.
public struct Named<Value: Sendable & Equatable & Encodable>: Sendable, Equatable, Encodable {
  /// A value and its name.
  public struct Entry: Sendable, Equatable {
    public var name: String
    public var value: Value

    public init(_ name: String, _ value: Value) { (self.name, self.value) = (name, value) }
  }

  public var entries: [Entry]

  public init(_ entries: [Entry] = []) { self.entries = entries }

  public var isEmpty: Bool { entries.isEmpty }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// A mapping.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for entry in entries { try container.encode(entry.value, forKey: Key(entry.name)) }
  }
}

/// A file, and what reports call it.
public struct NamedFile: Sendable, Equatable, ExpressibleByStringLiteral {
  public var path: String
  /// nil leaves it to the file's name without its ending.
  public var name: String?

  public init(_ path: String, name: String? = nil) { (self.path, self.name) = (path, name) }

  /// The file of a path, without a name of its own.
  public init(stringLiteral path: String) { self.init(path) }

  /// What files, tables and hypotheses call it.
  public var title: String {
    if let name { return name }
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
  }
}

extension NamedFile: Encodable {
  /// The path, or `{NAME: PATH}` for a file with a name of its own.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let name { try container.encode([name: path]) } else { try container.encode(path) }
  }
}
