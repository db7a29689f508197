internal import Checkpoints
internal import Files
internal import Lenses
package import Steering
internal import Stores
package import Tensors
package import Tokenizers
package import Transformers
internal import Workflow

/// What an expression is read against: a vocabulary, a width, rows of tokens and states of prompts.
package protocol PointSource: Sendable {
  var name: String { get }
  /// Its hash is empty where nobody has taken it yet; files are not held against it then.
  var identity: ModelIdentity { get }
  /// The vocabulary, one token a row.
  var tokens: [Token] { get }
  /// d_model.
  var width: Int { get }
  /// The blocks; nil with a store alone.
  var running: Model? { get }
  /// Why there are no blocks; nil where there are.
  var gap: PointGap? { get }

  /// The row of a token in the input embedding, or in the unembedding.
  func row(ofToken id: Int, isOutput: Bool) throws -> [Float]
  /// States of a prompt, [tokens x d_model].
  func states(of ids: [Int], at point: ActivationPoint, in model: Model) throws -> Matrix<Float>
}

extension PointModel: PointSource {
  package var running: Model? { runnable?.model }

  package func row(ofToken id: Int, isOutput: Bool) throws -> [Float] {
    try (isOutput ? store.readOutput(rows: id..<id + 1) : store.readInput(rows: id..<id + 1)).elements
  }

  package func states(of ids: [Int], at point: ActivationPoint, in model: Model) throws -> Matrix<Float> {
    guard let states = try model.activations([ids], at: [point], positions: .all)[point] else {
      throw SteeringError.missingActivation(point)
    }
    return states
  }
}

/// A model that may not be imported yet: expressions are checked against it, and nothing is computed.
package struct PointDraft: PointSource {
  package let name: String
  package let identity: ModelIdentity
  package let tokens: [Token]
  private let model: Model

  /// - Parameter hash: SHA-256 of the checkpoint; empty where nobody has taken it yet.
  package init(_ name: String, _ model: Model, hash: String) {
    (self.name, self.model, tokens) = (name, model, model.tokenizer.vocabulary)
    identity = ModelIdentity(name: name, hash: hash)
  }

  package var width: Int { model.configuration.width }
  package var running: Model? { model }
  package var gap: PointGap? { nil }

  package func row(ofToken id: Int, isOutput: Bool) throws -> [Float] {
    try model.inputRows(of: [id]).elements
  }

  /// Numbers of their own for every prompt, block and position, in the place of states.
  package func states(of ids: [Int], at point: ActivationPoint, in model: Model) throws -> Matrix<Float> {
    var random = SeededRandom(
      seed: ids.reduce(UInt64(point.block)) { ($0 ^ UInt64($1)) &* 0x9E37_79B9_7F4A_7C15 })
    return Matrix(
      rows: ids.count, columns: width,
      elements: (0..<ids.count * width).map { _ in Float(random.normal()) })
  }
}

extension PointSource {
  /// Whether a text is a point of this model.
  /// - Throws: ``PointError``.
  package func check(_ text: String) throws(PointError) { _ = try resolvedPoint(text, PointReadingRules()) }

  /// Whether a way of this model begins at a point and leads to a goal.
  /// - Throws: ``PointError``.
  package func checkWay(from start: String, to goal: PointGoal) throws(PointError) {
    _ = try PointRoute(from: resolvedPoint(start, PointReadingRules()), start, to: goal) {
      (text) throws(PointError) in try resolvedPoint(text, PointReadingRules())
    }
  }

  /// All spaces, as an error lists them.
  var spaces: String { PointSpace.list(blocks: running?.configuration.blockCount, width: width) }

  /// A token as reports print it, with ▁ for the start of a word.
  func printed(_ id: Int) -> String { tokens[id].word }

  func resolvedPoint(_ text: String, _ rules: PointReadingRules) throws(PointError) -> ResolvedPoint {
    let expression = try PointParser.parse(text)
    var resolver = PointResolver(model: self, text: text, rules: rules)
    return try resolver.point(expression)
  }

  /// A token as the language of points writes its text: as it is, a control token by its spelling; nil where the bytes are no text.
  func text(_ token: Token) -> String? {
    token.kind == .control ? token.form : String(validating: token.bytes, as: UTF8.self)
  }

  /// The row of the token with this text; of an ordinary one before a byte token.
  func row(of text: String) -> Int? {
    let bytes = Array((text.hasPrefix("▁") ? " " + text.dropFirst() : text).utf8)
    let fits = tokens.filter { $0.kind != .unused && !bytes.isEmpty && $0.bytes == bytes }
    return fits.first { $0.kind == .normal }?.id ?? fits.first?.id
      ?? tokens.first { $0.kind == .control && $0.form == text }?.id
  }

  /// Tokens whose text is like this one, the nearest first, with a space before it or without; at most `count`.
  ///
  /// Texts of at least half of its letters count that differ in case, in the leading space, or in a third of their letters.
  func spellings(near text: String, count: Int = 3) -> [String] {
    let word = text.trimmingPrefix(while: { $0 == " " || $0 == "▁" })
    guard !word.isEmpty else { return [] }
    var found: [(text: String, distance: Int)] = []
    let limit = max(1, word.count / 3)
    for token in tokens
    where token.kind == .normal && abs(token.bytes.count - word.utf8.count) <= 4 * limit + 1 {
      guard let spelling = self.text(token) else { continue }
      let letters = spelling.trimmingPrefix(while: { $0 == " " })
      guard abs(letters.count - word.count) <= limit,
        let distance = editDistance(word.lowercased(), letters.lowercased(), atMost: limit)
      else { continue }
      // Of two that are as near, the one with the same leading space.
      let spaced = spelling.hasPrefix(" ") == (text.hasPrefix(" ") || text.hasPrefix("▁"))
      let length = abs(letters.count - word.count)
      found.append((spelling, 5 * distance + length + (letters == word ? 0 : 1) + (spaced ? 0 : 2)))
    }
    return found.sorted { ($0.distance, $0.text) < ($1.distance, $1.text) }.prefix(count).map(\.text)
  }
}
