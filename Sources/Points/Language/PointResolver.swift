internal import Checkpoints
internal import Files
internal import Geometry
public import Steering
internal import Stores
internal import Tensors
internal import Tokenizers
internal import Transformers

/// What an expression came to in one model.
public struct ResolvedPoint: Sendable, Equatable {
  public let expression: PointExpression
  /// d_model numbers.
  public let values: [Float]
  public let space: PointSpace
  /// The sum of the weights of points: 1 for a point, 0 for a difference or a vector, which is a direction.
  public let weight: Double
  /// The token whose row, or stream entering block 0, the expression names; nil for anything else.
  public let token: Int?
  /// The tokens of the prompt and the position that is read, for a state.
  public let prompt: PromptPlace?
  /// What could not be checked, a sentence each.
  public let notes: [String]

  /// Where a state stands.
  public struct PromptPlace: Sendable, Equatable, Codable {
    public let tokens: [Int]
    public let position: Int
  }

  /// A direction has no place: it is read through the linear part of a lens, and from the mean of the rows.
  public var isDirection: Bool { abs(weight) < 1e-9 }

  /// The Euclidean norm, accumulated in Double.
  public var norm: Double { values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot() }

  init(
    expression: PointExpression, values: [Float], space: PointSpace, weight: Double, token: Int?,
    prompt: PromptPlace?, notes: [String]
  ) {
    (self.expression, self.values, self.space, self.weight) = (expression, values, space, weight)
    (self.token, self.prompt, self.notes) = (token, prompt, notes)
  }
}

/// Which files may meet.
public struct PointReadingRules: Sendable, Equatable {
  /// Files of another model may stand in an expression.
  public var allowsMismatch = false
  /// How control vectors of other tools are read; nil as repeng's, with a note.
  public var convention: ControlVectorConvention?

  public init() {}
}

extension PointModel {
  /// Reads an expression and makes its point in this model.
  ///
  /// Cost: a pass of the model over each prompt; a row of each file.
  /// - Throws: ``PointError`` with the column.
  public func point(
    _ text: String, rules: PointReadingRules = PointReadingRules()
  ) throws(PointError) -> ResolvedPoint {
    try resolvedPoint(text, rules)
  }
}

/// Makes points of expressions, from the leaves up; spaces are found and held against each other on the way.
struct PointResolver {
  let model: any PointSource
  let text: String
  let rules: PointReadingRules
  var notes: [String] = []

  init(model: any PointSource, text: String, rules: PointReadingRules) {
    (self.model, self.text, self.rules) = (model, text, rules)
  }

  /// A part of an expression; its space is nil while nothing has said it.
  struct Part {
    var values: [Double]
    var space: (space: PointSpace, column: Int)?
    var weight: Double
    var token: Int?
    var prompt: ResolvedPoint.PromptPlace?
    /// Of the first part without a space, for the error.
    var column: Int
  }

  mutating func point(_ expression: PointExpression) throws(PointError) -> ResolvedPoint {
    let part = try resolve(expression)
    guard let space = part.space?.space else { throw fault(part.column, .noSpace(spaces: model.spaces)) }
    let values = part.values.map { Float($0) }
    guard values.allSatisfy(\.isFinite) else { throw fault(expression.column, .notFinite(what: "the point")) }
    guard values.contains(where: { $0 != 0 }) else {
      throw fault(
        expression.column, .undefined("the point is zero: it has no direction and no neighbours by cosine"))
    }
    return ResolvedPoint(
      expression: expression, values: values, space: space, weight: part.weight, token: part.token,
      prompt: part.prompt, notes: notes)
  }

  private mutating func resolve(_ expression: PointExpression) throws(PointError) -> Part {
    let column = expression.column
    switch expression.node {
    case .token(let name, let space): return try token(name, space, column)
    case .state(let prompt, let space, let position): return try state(prompt, space, position, column)
    case .vector(let path, let layer): return try vector(path, layer, column)
    case .row(let name, let space): return try row(name, space, column)
    case .item(let name): throw fault(column, .noItems(name, model: model.name))
    case .sum(let terms):
      var parts: [(Double, Part)] = []
      for term in terms { parts.append((term.weight, try resolve(term.point))) }
      return try combined(parts, column)
    case .mean(let points):
      var parts: [(Double, Part)] = []
      for point in points { parts.append((1 / Double(points.count), try resolve(point))) }
      return try combined(parts, column)
    case .lerp(let a, let b, let share):
      return try combined([(1 - share, try resolve(a)), (share, try resolve(b))], column)
    case .slerp(let a, let b, let share): return try slerp(try resolve(a), try resolve(b), share, column)
    case .direction(let point):
      var part = try resolve(point)
      (part.weight, part.token, part.prompt) = (0, nil, nil)
      return part
    }
  }

  // MARK: - Combinations

  private func combined(_ parts: [(weight: Double, part: Part)], _ column: Int) throws(PointError) -> Part {
    var result = Part(
      values: Array(repeating: 0, count: model.width), space: nil, weight: 0, token: nil, prompt: nil,
      column: parts.first { $0.part.space == nil }?.part.column ?? column)
    for (weight, part) in parts {
      if let space = part.space {
        if let other = result.space, other.space != space.space {
          throw fault(space.column, .spaces(space.space, other.space, otherColumn: other.column))
        }
        result.space = result.space ?? space
      }
      for index in result.values.indices { result.values[index] += weight * part.values[index] }
      result.weight += weight * part.weight
    }
    return result
  }

  private func slerp(_ a: Part, _ b: Part, _ share: Double, _ column: Int) throws(PointError) -> Part {
    var result = try combined([(1 - share, a), (share, b)], column)
    let circle = GreatCircle(a.values, b.values)
    if let words = circle.fault(ofWeights: (a.weight, b.weight)) { throw fault(column, .undefined(words)) }
    let weights = circle.weights(at: share)
    result.values = zip(a.values, b.values).map { weights.a * $0 + weights.b * $1 }
    return result
  }

  // MARK: - Leaves

  private mutating func token(
    _ name: PointExpression.TokenName, _ space: PointSpace?, _ column: Int
  ) throws(PointError) -> Part {
    let id = try tokenID(name, column)
    let space = space ?? .input
    let values: [Float]
    switch space {
    case .input, .output:
      values = try underlying(column) { try model.row(ofToken: id, isOutput: space == .output) }
    case .residual(layer: -1):
      let point = ActivationPoint(block: 0, site: .residualPre)
      values = try activations([id], at: point, column).elements
    default: throw fault(column, .tokenSpace(space))
    }
    return Part(
      values: values.map { Double($0) }, space: (space, column), weight: 1, token: id, prompt: nil,
      column: column)
  }

  private func tokenID(_ name: PointExpression.TokenName, _ column: Int) throws(PointError) -> Int {
    switch name {
    case .id(let id):
      guard model.tokens.indices.contains(id) else {
        throw fault(column, .tokenID(id, vocabulary: model.tokens.count))
      }
      return id
    case .text(let text):
      if let row = model.row(of: text) { return row }
      let nearest = model.spellings(near: text)
      let plain = text.hasPrefix("▁") ? " " + text.dropFirst() : text
      let ids = model.running?.tokenizer.encode(plain, addingSpecial: false) ?? []
      let parts = ids.compactMap { model.text(model.tokens[$0]) }
      guard ids.count > 1, parts.count == ids.count else {
        throw fault(column, .unknownToken(text, model: model.name, nearest: nearest))
      }
      throw fault(column, .splitToken(text, model: model.name, parts: parts, nearest: nearest))
    }
  }

  private func state(
    _ prompt: String, _ space: PointSpace, _ position: Int, _ column: Int
  ) throws(PointError) -> Part {
    try check(space, column)
    guard let point = space.activationPoint else {
      throw fault(
        column,
        .undefined(
          "a state is read at a block, as in @12[-1]; rows of \(space.words) are token:\"…\"@\(space)"))
    }
    let tokenizer = try runnable(column).tokenizer
    let ids = tokenizer.encodeStart(prompt)
    let place = position < 0 ? ids.count + position : position
    guard ids.indices.contains(place) else {
      throw fault(column, .position(position, tokens: ids.map { model.printed($0) }))
    }
    let states = try activations(ids, at: point, column)
    return Part(
      values: states.row(place).map { Double($0) }, space: (space, column), weight: 1, token: nil,
      prompt: .init(tokens: ids, position: place), column: column)
  }

  private mutating func vector(_ path: String, _ layer: Int?, _ column: Int) throws(PointError) -> Part {
    var warnings: [String] = []
    let vectors = try underlying(column) {
      try VectorFile.readAll(path, convention: rules.convention) { warnings.append($0) }
    }
    notes += warnings
    let fitting = vectors.filter { layer == nil || $0.point.block == layer }
    guard let vector = fitting.first, fitting.count == 1 else {
      throw fault(column, .vectorLayer(path: path, layers: vectors.map(\.point.block)))
    }
    try check(width: vector.direction.count, path, column)
    let space = PointSpace(vector.point)
    try check(space, column)
    try check(made: vector.provenance.identity, path, column)
    if vector.provenance.modelHash.isEmpty {
      notes.append("\(path) does not say which model it is of; only its width was checked")
    }
    return Part(
      values: vector.direction.map { Double($0) }, space: (space, column), weight: 0, token: nil, prompt: nil,
      column: column)
  }

  private func row(
    _ name: PointExpression.RowName, _ asked: PointSpace?, _ column: Int
  ) throws(PointError) -> Part {
    let row: FileRow
    do throws(FileRowFault) { row = try FileRow(name) } catch {
      switch error {
      case .row(let number, let rows, let what): throw fault(column, .row(number, rows: rows, what: what))
      case .failure(let failure): throw fault(column, .underlying(failure))
      }
    }
    try check(width: row.numbers.count, row.what, column)
    guard row.numbers.allSatisfy(\.isFinite) else {
      throw fault(column, .notFinite(what: "row \(name.row) of \(row.what)"))
    }
    if let made = row.model { try check(made: made, row.what, column) }
    if let asked, let own = row.space, asked != own {
      throw fault(column, .otherSpace(asked: asked, file: own, what: row.what))
    }
    if let asked { try check(asked, column) }
    return Part(
      values: row.numbers.map { Double($0) }, space: (asked ?? row.space).map { ($0, column) }, weight: 1,
      token: nil, prompt: nil, column: column)
  }

  // MARK: - Checks

  private func fault(_ column: Int, _ reason: PointError.Reason) -> PointError {
    PointError(at: PointPlace(text, column), reason)
  }

  private func underlying<Result>(_ column: Int, _ body: () throws -> Result) throws(PointError) -> Result {
    do { return try body() } catch let failure as any Failure {
      throw fault(column, .underlying(failure))
    } catch {
      throw fault(column, .underlying(FileError.system(path: "", operation: "read", reason: "\(error)")))
    }
  }

  private func runnable(_ column: Int) throws(PointError) -> Model {
    guard let running = model.running else {
      throw fault(column, .noBlocks(model.gap ?? PointGap("\(model.name) can't be run")))
    }
    return running
  }

  private func activations(_ ids: [Int], at point: ActivationPoint, _ column: Int) throws(PointError)
    -> Matrix<Float>
  {
    let running = try runnable(column)
    guard ids.count <= running.configuration.contextLength else {
      throw fault(column, .context(tokens: ids.count, limit: running.configuration.contextLength))
    }
    return try underlying(column) { try model.states(of: ids, at: point, in: running) }
  }

  private func check(width: Int, _ what: String, _ column: Int) throws(PointError) {
    guard width == model.width else {
      throw fault(column, .width(width, what: what, spaces: model.spaces))
    }
  }

  private func check(_ space: PointSpace, _ column: Int) throws(PointError) {
    guard let block = space.activationPoint?.block, let blocks = model.running?.configuration.blockCount
    else { return }
    guard block < blocks else { throw fault(column, .layer(block, blocks: blocks)) }
  }

  private func check(made: ModelIdentity, _ what: String, _ column: Int) throws(PointError) {
    guard !rules.allowsMismatch, !made.hash.isEmpty, !model.identity.hash.isEmpty,
      made.hash != model.identity.hash
    else { return }
    throw fault(
      column, .otherModel(what: what, made: made.description, given: model.identity.description))
  }
}
