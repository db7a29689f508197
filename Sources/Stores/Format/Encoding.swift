/// What an element is, as its attributes `encoding-type` and `encoding-version` state it.
///
/// The general ones are AnnData's, the rest our own.
struct Encoding: Sendable, Equatable, CustomStringConvertible {
  let type: String
  let version: String

  var description: String { "\(type) \(version)" }

  /// The attributes' names.
  static let typeKey = "encoding-type"
  static let versionKey = "encoding-version"

  /// Numbers, a vector or a matrix.
  static let array = Encoding(type: "array", version: "0.2.0")
  /// A list of strings.
  static let stringArray = Encoding(type: "string-array", version: "0.2.0")
  /// One string.
  static let string = Encoding(type: "string", version: "0.2.0")
  /// A group whose members have meanings of their own.
  static let group = Encoding(type: "dict", version: "0.1.0")
  /// A group of `data` (bytes, one list after the other) and `offset` (count + 1 positions in it).
  static let raggedBytes = Encoding(type: "sextant-ragged-bytes", version: "1.0.0")
  /// The root of an embedding store.
  static let embeddings = Encoding(type: "sextant-embeddings", version: "1.0.0")
  /// The root of an alignment.
  static let alignment = Encoding(type: "sextant-alignment", version: "1.0.0")
  /// The root of a neighbour graph.
  static let neighbours = Encoding(type: "sextant-neighbours", version: "1.0.0")

  /// What an element of this kind may be.
  static func allowed(for element: FileDescription.Element) -> [Encoding] {
    if element.path == "/" { return [.embeddings, .alignment, .neighbours] }
    switch element.type {
    case nil: return [.group, .raggedBytes]
    case "text": return [element.shape.isEmpty ? .string : .stringArray]
    default: return [.array]
    }
  }
}
