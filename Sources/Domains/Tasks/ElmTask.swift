internal import Files
internal import Stores

/// Something that a model is to say of vectors: a prompt in which they stand, and an answer made of the items' texts.
///
/// Embedding Language Models are trained on many tasks at once (Tennenholtz et al. 2024): each asks of the same vectors for something else.
public struct ElmTask: Sendable, Equatable {
  /// How many items a prompt's vectors come from, and so what an answer may name.
  public enum Arity: Sendable, Equatable {
    /// `{vector}`.
    case one
    /// `{first}` and `{second}`, or `{between}`.
    case two
  }

  /// Which second item goes with a first one.
  public enum Partners: String, Sendable, Equatable, CaseIterable {
    /// One of the ten nearest by cosine, of the same part of the split.
    case near
    /// Any of the same part of the split.
    case any
  }

  public let name: String
  public let prompt: TaskTemplate
  public let answer: TaskTemplate
  /// Of tasks of two items.
  public let partners: Partners
  public let arity: Arity

  /// - Parameter file: what errors call the place that the task comes from.
  /// - Throws: ``DomainError/task(file:place:expected:actual:remedy:)`` for a placeholder that is missing, doubled, unknown or not of
  ///   the prompt's vectors, and for an answer without a field.
  public init(
    name: String, prompt: String, answer: String, partners: Partners = .near, file: String = "task"
  ) throws(DomainError) {
    func fault(_ part: String, _ expected: String, _ actual: String, _ remedy: String) -> DomainError {
      .task(file: file, place: "task \(name), \(part)", expected: expected, actual: actual, remedy: remedy)
    }
    func template(_ part: String, _ text: String) throws(DomainError) -> TaskTemplate {
      do throws(TaskTemplate.Fault) { return try TaskTemplate(text) } catch {
        throw fault(part, error.expected, error.actual, "mend the braces")
      }
    }
    guard name.wholeMatch(of: /[A-Za-z][A-Za-z0-9-]*/) != nil else {
      throw fault(
        "name", "letters, digits and hyphens", name.isEmpty ? "nothing" : "\"\(name)\"", "rename it")
    }
    let (prompt, answer) = (try template("prompt", prompt), try template("answer", answer))
    let vectors = prompt.vectors
    let kinds = vectors.map(\.words)
    guard let first = kinds.first else {
      throw fault(
        "prompt", "{vector}, {first} and {second}, or {between}", "no vector", "say where it stands")
    }
    if let double = kinds.first(where: { kind in kinds.count { $0 == kind } > 1 }) {
      throw fault("prompt", "each vector once", "\(double) more than once", "remove one of them")
    }
    switch Set(kinds) {
    case ["{vector}"]: arity = .one
    case ["{first}", "{second}"], ["{between}"]: arity = .two
    case ["{first}"], ["{second}"]:
      throw fault("prompt", "{first} and {second}", "\(first) alone", "add the other, or write {vector}")
    default:
      throw fault(
        "prompt", "{vector} alone, {first} with {second}, or {between} alone",
        kinds.joined(separator: " and "),
        "make two tasks of it")
    }
    guard prompt.fields.isEmpty else {
      throw fault(
        "prompt", "vectors and no texts of items, which would give the answer away",
        "{\(prompt.fields[0].name)}", "remove it")
    }
    guard answer.vectors.isEmpty, !answer.fields.isEmpty else {
      throw fault(
        "answer", "texts of items, such as {gloss}",
        answer.vectors.isEmpty ? "none" : answer.vectors[0].words, "say what is to be answered")
    }
    let own = arity == .one
    if let stranger = answer.fields.first(where: { ($0.owner == .item) != own }) {
      throw fault(
        "answer",
        own
          ? "{\(stranger.name)}"
          : "{first.\(stranger.name)}, {second.\(stranger.name)} or {shared.\(stranger.name)}",
        "{\(stranger.owner == .item ? "" : stranger.owner.rawValue + ".")\(stranger.name)}",
        "say which of the prompt's items is meant")
    }
    (self.name, self.prompt, self.answer, self.partners) = (name, prompt, answer, partners)
  }

  /// The fields of a domain that its answer takes.
  public var fields: [String] {
    answer.fields.map(\.name).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// The answer for one item, or for two; nil where an item lacks a text of it.
  func answer(of items: [Int], in domain: Domain) -> String? {
    var text = ""
    for piece in answer.pieces {
      switch piece {
      case .text(let words): text += words
      case .vector: return nil
      case .field(let owner, let field, let most):
        let texts = Self.texts(owner, field, of: items, in: domain).prefix(most ?? .max)
        guard !texts.isEmpty else { return nil }
        text += texts.joined(separator: ", ")
      }
    }
    return text
  }

  private static func texts(
    _ owner: TaskTemplate.Owner, _ field: String, of items: [Int], in domain: Domain
  ) -> [String] {
    func texts(_ item: Int) -> [String] {
      if field == TaskTemplate.nameField { return [domain.names[item]] }
      return domain.field(field).map { Array($0[item]) } ?? []
    }
    switch owner {
    case .item, .first: return texts(items[0])
    case .second: return texts(items[1])
    case .shared:
      let others = Set(texts(items[1]))
      return texts(items[0]).filter(others.contains)
    }
  }
}
