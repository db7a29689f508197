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
  /// A group of `data` (UTF-8, one string after the other) and `offset` (count + 1 positions in it); its digest is that
  /// of the strings.
  static let raggedText = Encoding(type: "sextant-ragged-text", version: "1.0.0")
  /// The root of an embedding store.
  static let embeddings = Encoding(type: "sextant-embeddings", version: present)
  /// The root of an alignment.
  static let alignment = Encoding(type: "sextant-alignment", version: present)
  /// The root of a neighbour graph.
  static let neighbours = Encoding(type: "sextant-neighbours", version: present)
  /// The root of a table of tokens.
  static let tokens = Encoding(type: "sextant-tokens", version: present)
  /// The root of a checkpoint of training.
  static let training = Encoding(type: "sextant-training", version: present)
  /// The root of a fitted lens.
  static let lens = Encoding(type: "sextant-lens", version: present)

  /// The root of an embedding language model.
  static let elm = Encoding(type: "sextant-elm", version: present)

  /// The root of a domain.
  static let domain = Encoding(type: "sextant-domain", version: present)

  /// The root of a file of activations.
  static let activations = Encoding(type: "sextant-activations", version: present)

  /// The version of the files that are written. Those of version 1 differ only in how text lies in them: of variable
  /// length, in heaps without checksums.
  private static let present = "2.0.0"
  private static let first = "1.0.0"

  private static let roots =
    [embeddings, alignment, neighbours].flatMap { [$0, Encoding(type: $0.type, version: first)] }
    + [tokens, training, lens, domain, elm, activations]

  /// What a file of this root is, with its article; `nil` for what is no root of ours.
  static func words(ofRoot text: String) -> String? {
    let kinds = [
      (embeddings, "a store, which `sextant import` makes of a model"),
      (alignment, "a map, which `sextant align` fits and --map takes"), (neighbours, "a neighbour graph"),
      (training, "a checkpoint of training"),
      (lens, "a lens, which `sextant lens fit` makes of a model"),
      (domain, "a domain, which `sextant elm domain` makes"),
      (elm, "an embedding language model, which `sextant elm fit` trains"),
      (activations, "hidden states, which `sextant activations` writes"),
    ]
    return kinds.first { text.hasPrefix($0.0.type + " ") }?.1
  }

  /// What an element of this kind may be.
  static func allowed(for element: FileDescription.Element) -> [Encoding] {
    if element.path == "/" { return roots }
    switch element.type {
    case nil: return [.group, .raggedBytes, .raggedText]
    case TextType.fixed, TextType.variable: return [element.shape.isEmpty ? .string : .stringArray]
    default: return [.array]
    }
  }
}
