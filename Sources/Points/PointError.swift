public import Files

/// A place in an expression.
public struct PointPlace: Sendable, Equatable {
  /// The whole expression, as it was given.
  public let expression: String
  /// From 1, in characters.
  public let column: Int

  public init(_ expression: String, _ column: Int) { (self.expression, self.column) = (expression, column) }
}

/// What is wrong with a point: where in its expression, why, expected and actual.
public struct PointError: Failure {
  public let place: PointPlace
  public let reason: Reason

  /// What is wrong.
  public enum Reason: Sendable {
    /// The text is no expression.
    case syntax(expected: String, actual: String, among: (word: String, known: [String])?)
    /// No token has this text.
    case unknownToken(String, model: String, nearest: [String])
    /// The text is several tokens of the model.
    case splitToken(String, model: String, parts: [String], nearest: [String])
    /// A token id beyond the vocabulary.
    case tokenID(Int, vocabulary: Int)
    /// The same token has no row in this space.
    case tokenSpace(PointSpace)
    /// A block that the model does not have.
    case layer(Int, blocks: Int)
    /// A position that the prompt does not have.
    case position(Int, tokens: [String])
    /// A prompt beyond the context.
    case context(tokens: Int, limit: Int)
    /// Two points of different spaces.
    case spaces(PointSpace, PointSpace, otherColumn: Int)
    /// A way between two spaces.
    case otherGoal(PointSpace, PointSpace, start: String)
    /// A width that no space of the model has.
    case width(Int, what: String, spaces: String)
    /// A row that could lie in several spaces.
    case noSpace(spaces: String)
    /// The place that was named is not the one that the file names.
    case otherSpace(asked: PointSpace, file: PointSpace, what: String)
    /// A file of several vectors.
    case vectorLayer(path: String, layers: [Int])
    /// A row that the file does not have.
    case row(Int, rows: Int, what: String)
    /// A file or a tensor that was made of another model.
    case otherModel(what: String, made: String, given: String)
    /// A state of a model whose blocks are not at hand.
    case noBlocks(PointGap)
    /// Numbers that are not finite.
    case notFinite(what: String)
    /// An item, which no model has.
    case noItems(String, model: String)
    /// No item of the domain has this name.
    case unknownItem(String, domain: String, nearest: String?)
    /// A token or a state, which no domain has.
    case noTokens(domain: String)
    /// A row that is to be read in a domain, and says that it is of a model.
    case notOfDomain(what: String, space: PointSpace)
    /// A file of several rows where one is meant.
    case severalRows(path: String, rows: Int)
    /// A combination that has no value.
    case undefined(String)
    /// What the model or a file says.
    case underlying(any Failure)
  }

  public init(at place: PointPlace, _ reason: Reason) { (self.place, self.reason) = (place, reason) }

  public var description: String { "column \(place.column) of the point \(place.expression): \(words)" }

  private var words: String {
    switch reason {
    case .syntax(let expected, let actual, let among):
      "expected \(expected), found \(actual)"
        + (among.map { suggestion(for: $0.word, among: $0.known) } ?? "")
    case .unknownToken(let text, let model, let nearest):
      "\(model) has no token \(PointExpression.quoted(text))\(Self.spellings(nearest))"
    case .splitToken(let text, let model, let parts, let nearest):
      "\(PointExpression.quoted(text)) is no token of \(model), which splits it into "
        + parts.map(PointExpression.quoted).joined(separator: " + ")
        + "; their mean is mean(\(parts.map { "token:" + PointExpression.quoted($0) }.joined(separator: ", ")))"
        + Self.spellings(nearest)
    case .tokenID(let id, let vocabulary): "token \(id) lies outside the vocabulary, 0 … \(vocabulary - 1)"
    case .tokenSpace(let space):
      "a token has a row in the input and the output space and a stream entering block 0 (@embedding), none in "
        + "\(space.words); behind a text it has a state: state:\"…\"@\(space)[-1]"
    case .layer(let layer, let blocks):
      "block \(layer) lies beyond the model, which has the blocks 0 … \(blocks - 1)"
    case .position(let position, let tokens):
      "position \(position) lies outside the prompt, which has \(tokens.count) tokens: "
        + tokens.map(PointExpression.quoted).joined(separator: " ")
        + " (positions 0 … \(tokens.count - 1), or -1 for the last)"
    case .context(let tokens, let limit):
      "the prompt has \(tokens) tokens, the model was trained on a context of \(limit); shorten it"
    case .spaces(let a, let b, let column):
      "a point of \(a.words) can't be combined with one of \(b.words) (column \(column)): take both from one space"
    case .otherGoal(let a, let b, let start):
      "it is of \(b.words), the start \(start) of \(a.words): a way stays in one space"
    case .width(let width, let what, let spaces):
      "\(what) is \(width) wide, which does not fit: \(spaces)"
    case .noSpace(let spaces): "which space is this in? Say it with @ behind it: \(spaces)"
    case .otherSpace(let asked, let file, let what): "\(what) is of \(file.words), not of \(asked.words)"
    case .vectorLayer(let path, let layers):
      "\(path) has vectors of the blocks \(layers.map { "\($0)" }.joined(separator: ", ")); choose one with @, as in vector:…@\(layers.first ?? 0)"
    case .row(let row, let rows, let what):
      "row \(row) lies outside \(what), which has the rows 0 … \(rows - 1)"
    case .otherModel(let what, let made, let given):
      "\(what) was made of \(made), not of \(given); take one of this model, or pass --force-mismatch if you mean it (for "
        + "the same model in another file, such as another quantisation)"
    case .noBlocks(let gap): gap.words
    case .notFinite(let what): "\(what) holds NaN or infinity"
    case .noItems(let name, let model):
      "\(PointExpression.quoted(name)) would be an item of a domain, and \(model) is a model: `sextant elm ask` reads points of domains"
    case .unknownItem(let name, let domain, let nearest):
      "the domain \(domain) has no item \(PointExpression.quoted(name))"
        + (nearest.map { "; did you mean item:\(PointExpression.quoted($0))?" } ?? "")
    case .noTokens(let domain):
      "tokens and states are of models; points of the domain \(domain) are made of item:, row: and vector:"
    case .notOfDomain(let what, let space):
      "\(what) is of \(space.words) of a model, not of a domain; write the row without @"
    case .severalRows(let path, let rows): "\(path) has \(rows) rows; choose one, as in row:\(path)#0"
    case .undefined(let why): why
    case .underlying(let failure): failure.description
    }
  }

  private static func spellings(_ nearest: [String]) -> String {
    nearest.isEmpty
      ? ""
      : "; nearest spellings: "
        + nearest.map { "token:" + PointExpression.quoted($0) }.joined(separator: ", ")
  }

  public var kind: FailureKind {
    switch reason {
    case .syntax, .unknownToken, .splitToken, .tokenID, .tokenSpace, .noSpace, .vectorLayer, .noItems,
      .unknownItem, .noTokens, .notOfDomain, .severalRows:
      .usage
    case .layer, .position, .context, .spaces, .otherGoal, .width, .otherSpace, .row, .otherModel: .misfit
    case .notFinite, .noBlocks: .badInput
    case .undefined: .notEvaluable
    case .underlying(let failure): failure.kind
    }
  }
}
