import Foundation

/// A user's word for a model, and what it leads to.
public struct ModelSource: Sendable, Equatable {
  /// A file or folder that the word may mean.
  public struct Place: Sendable, Equatable {
    public let path: String
    /// Whether it is a store, and not a checkpoint.
    public let isStore: Bool
    /// SHA-256 of the file of a catalog model; `nil` for others.
    public let sha256: String?

    public init(_ path: String, isStore: Bool, sha256: String? = nil) {
      (self.path, self.isStore, self.sha256) = (path, isStore, sha256)
    }

    func leadsToTheSame(as other: Place) -> Bool {
      func target(_ path: String) -> String { URL(filePath: path).resolvingSymlinksInPath().path }
      return target(path) == target(other.path)
    }

    /// The path in a form that no name can be taken for.
    var plainPath: String { path.contains("/") ? path : "./" + path }
  }

  /// The word.
  public let text: String
  /// What is taken for the model.
  public let meant: Place
  /// What the word could mean as well.
  public let others: [Place]

  public init(text: String, meant: Place, others: [Place] = []) {
    (self.text, self.meant, self.others) = (text, meant, others)
  }

  /// The same without stores; `nil` where there is nothing else.
  public var checkpoints: ModelSource? {
    let places = ([meant] + others).filter { !$0.isStore }
    return places.first.map { ModelSource(text: text, meant: $0, others: Array(places.dropFirst())) }
  }

  /// Says that another place has the same name, and how to name that one.
  public func ambiguity(_ other: Place) -> String {
    "\(text) is \(meant.path); there is \(other.path) too: write \(other.plainPath) for that one"
  }
}
