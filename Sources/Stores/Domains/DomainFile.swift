import Files
import Tensors

/// The file of a domain, `models/NAME.domain.h5`:
///
/// ```
/// /               sextant-domain 2.0.0, @name, @recipe, @date, @field-order
///   vectors       F32 [items x width], no row zero
///   names/        data U8 (UTF-8), offset I64 [items + 1]
///   groups/       data U8, offset I64 [items + 1]: what moves between training and test as one
///   fields/
///     NAME/
///       start     I64 [items + 1]: item i has the texts start[i] ..< start[i + 1]
///       text/     data U8, offset I64 [texts + 1]
///   sources/
///     0/ 1/ …     @name, @sha256, @licence of each
/// ```
extension Domain {
  /// What the file's name ends in.
  public static let ending = ".domain.h5"

  private static let orderKey = "field-order"
  private static let sourceParts: [(String, any WritableKeyPath<Source, String> & Sendable)] = [
    ("name", \.name), ("sha256", \.sha256), ("licence", \.licence),
  ]

  /// Writes the domain, in place of one that is there.
  /// - Throws: `StoreError` also where a number is not finite; `OutputError.locked` while another process writes it.
  public func write(to path: String) throws(StoreError) { try write(to: path, convertedFrom: nil) }

  func write(to path: String, convertedFrom old: StoreReader?) throws(StoreError) {
    var builder = try StoreBuilder.begin(path: path, encoding: .domain, writer: toolVersion)
    let texts = [
      ("name", name), ("recipe", recipe), ("date", date),
      (Self.orderKey, fields.map(\.name).joined(separator: " ")),
    ]
    for (name, text) in texts { try builder.set(name, of: "/", to: .text(text)) }
    try builder.matrix("/vectors", RowSource(vectors))
    try builder.text("/names", names)
    try builder.text("/groups", groups)
    try builder.group("/fields")
    for field in fields {
      try builder.group("/fields/\(field.name)")
      try builder.vector("/fields/\(field.name)/start", field.starts.map(Int64.init))
      try builder.text("/fields/\(field.name)/text", field.texts)
    }
    try builder.group("/sources")
    for (index, source) in sources.enumerated() {
      try builder.group("/sources/\(index)")
      for (part, key) in Self.sourceParts {
        try builder.set(part, of: "/sources/\(index)", to: .text(source[keyPath: key]))
      }
    }
    try builder.finish(convertedFrom: old)
  }

  /// Reads a domain, everything held against the digests that were written with it.
  /// - Throws: `StoreError` naming the element that is damaged, missing, unknown or refused.
  public static func open(_ path: String) throws(StoreError) -> Domain {
    try Domain(from: StoreReader(path: path, expecting: .domain, allowUnsealed: false))
  }

  /// A domain with the SHA-256 over its content, which says what was trained on it.
  public static func identified(_ path: String) throws(StoreError) -> (domain: Domain, identity: String) {
    let reader = try StoreReader(path: path, expecting: .domain, allowUnsealed: false)
    return (try Domain(from: reader), reader.identity)
  }

  init(from reader: StoreReader) throws(StoreError) {
    let vectors = try reader.matrix("/vectors")
    let names = try reader.strings("/names")
    let groups = try reader.strings("/groups")
    guard names.count == vectors.rows, groups.count == vectors.rows else {
      throw reader.place("/names").malformed(
        "count", expected: "\(vectors.rows) names and groups", actual: "\(names.count) and \(groups.count)")
    }
    guard Set(names.map(ExactName.init)).count == names.count else {
      throw reader.place("/names").malformed("names", expected: "different ones", actual: "one twice")
    }
    let order = try reader.text("/", Self.orderKey).split(separator: " ").map(String.init)
    let known = reader.description.elements.compactMap { element -> String? in
      let parts = element.path.split(separator: "/")
      return parts.count == 2 && parts[0] == "fields" ? String(parts[1]) : nil
    }
    guard order.count == known.count, Set(order) == Set(known) else {
      throw reader.place("/").malformed(
        Self.orderKey, expected: known.joined(separator: " "), actual: order.joined(separator: " "))
    }
    var fields: [Field] = []
    for field in order { fields.append(try Field(field, of: names.count, from: reader)) }
    var sources: [Source] = []
    while reader.description.element("/sources/\(sources.count)") != nil {
      var source = Source(name: "", sha256: "", licence: "")
      for (part, key) in Self.sourceParts {
        source[keyPath: key] = try reader.text("/sources/\(sources.count)", part)
      }
      sources.append(source)
    }
    self.init(
      name: try reader.text("/", "name"), recipe: try reader.text("/", "recipe"), sources: sources,
      names: names, groups: groups, vectors: vectors, fields: fields,
      toolVersion: try reader.text("/", StoreBuilder.writerKey), date: try reader.text("/", "date"))
  }
}

extension Domain.Field {
  fileprivate init(_ name: String, of items: Int, from reader: StoreReader) throws(StoreError) {
    let element = "/fields/\(name)"
    let starts = try reader.vector(element + "/start", of: Int64.self, count: items + 1)
    let texts = try reader.strings(element + "/text")
    guard starts.first == 0, starts.last == Int64(texts.count), zip(starts, starts.dropFirst()).allSatisfy(<=)
    else {
      throw reader.place(element + "/start").malformed(
        "positions", expected: "0 to \(texts.count), ascending", actual: "others")
    }
    (self.name, self.starts, self.texts) = (name, starts.map { Int($0) }, texts)
  }
}
