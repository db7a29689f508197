internal import Files
public import Tensors

/// A space of vectors that stand for things with names, and texts about them: words, films, another model's tokens.
///
/// Row i of ``vectors`` is the thing ``names``[i]. What is known of it in words lies under fields (`gloss`, `genres`), of which it may have
/// none, one or several texts, in their order. The width has nothing to do with any language model: an adapter carries rows into one.
public struct Domain: Sendable, Equatable {
  /// A file, package or folder that a domain was made from.
  public struct Source: Sendable, Equatable {
    /// What it is called: a file's name, or that of a package.
    public var name: String
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    public var sha256: String
    /// Its licence, in words; what must be said wherever the data go.
    public var licence: String

    public init(name: String, sha256: String, licence: String) {
      (self.name, self.sha256, self.licence) = (name, sha256, licence)
    }
  }

  /// The texts of one field: `texts[starts[i]..<starts[i + 1]]` are those of item i.
  public struct Field: Sendable, Equatable {
    /// As templates call it: letters, digits and hyphens.
    public let name: String
    let starts: [Int]
    let texts: [String]

    /// - Parameter texts: those of each item, in the order of the rows.
    public init(_ name: String, _ texts: [[String]]) {
      self.name = name
      self.texts = texts.flatMap { $0 }
      starts = texts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    }

    /// The texts of an item; empty where it has none.
    public subscript(item: Int) -> ArraySlice<String> { texts[starts[item]..<starts[item + 1]] }

    /// Texts of all items.
    public var textCount: Int { texts.count }
    /// Items that have one.
    public var itemCount: Int { zip(starts, starts.dropFirst()).count { $0 < $1 } }
  }

  /// As files and reports call it.
  public var name: String
  /// What it was made by, with its options, in words.
  public var recipe: String
  public var sources: [Source]
  /// Different from each other.
  public var names: [String]
  /// What moves between training and test as one: equal for items that share their texts, as synonyms do; the name itself otherwise.
  public var groups: [String]
  /// `[items x width]`, finite, no row zero.
  public var vectors: Matrix<Float>
  /// In the order in which they are shown.
  public var fields: [Field]
  public var toolVersion: String
  /// When it was made, ISO 8601 in UTC.
  public var date: String

  /// - Parameter groups: nil for items that are each their own.
  /// - Precondition: a name, a group, a row and the fields' texts for each item; different names.
  public init(
    name: String, recipe: String, sources: [Source], names: [String], groups: [String]? = nil,
    vectors: Matrix<Float>, fields: [Field], toolVersion: String, date: String
  ) {
    let count = names.count
    precondition(
      vectors.rows == count && (groups?.count ?? count) == count
        && fields.allSatisfy { $0.starts.count == count + 1 },
      "\(vectors.rows) rows, \(groups?.count ?? count) groups and fields of \(fields.map { $0.starts.count - 1 }) for \(count) names"
    )
    precondition(Set(names.map(ExactName.init)).count == count, "two items of one name")
    (self.name, self.recipe, self.sources) = (name, recipe, sources)
    (self.names, self.groups, self.vectors) = (names, groups ?? names, vectors)
    (self.fields, self.toolVersion, self.date) = (fields, toolVersion, date)
  }

  /// Items.
  public var count: Int { names.count }
  /// Numbers of a vector.
  public var width: Int { vectors.columns }

  /// The field of this name.
  public func field(_ name: String) -> Field? { fields.first { $0.name == name } }

  /// The row of an item; O(n).
  public func row(of name: String) -> Int? { names.firstIndex { ExactName($0) == ExactName(name) } }
}
