internal import Files
public import Geometry
public import Lenses
internal import Steering
internal import Tensors

/// How points are read.
public struct PointReadingOptions: Sendable, Equatable {
  /// Of neighbours, alarm and surroundings.
  public var geometry = PointOptions()
  /// Of the answer in words; nil asks for none, which saves most of the time.
  public var words: WordsOptions? = WordsOptions()
  /// Of the expression.
  public var rules = PointReadingRules()
  /// Seeds the maps of shuffled tokens.
  public var seed: UInt64 = 1

  public init() {}
}

/// Reads points of one model.
public struct PointReader: Sendable {
  public let model: PointModel
  public let options: PointReadingOptions
  /// The other models that are imported, and the maps to them.
  public let others: PointAtlas
  /// Where fitted lenses lie; nil knows the logit lens alone.
  public let lensFolder: String?

  public init(
    _ model: PointModel, others: PointAtlas, lensesIn lensFolder: String? = nil,
    options: PointReadingOptions = PointReadingOptions()
  ) {
    (self.model, self.others, self.lensFolder, self.options) = (model, others, lensFolder, options)
  }

  /// Everything that is to be said of one point.
  ///
  /// - Throws: ``PointError`` for the expression. What a section lacks is said in the section.
  public func read(_ text: String) throws -> PointMeaning {
    let point = try model.point(text, rules: options.rules)
    JobProgress.current.begin("reading \(point.space.words)")
    let rows = attempt { try PointRows(point.space, of: model) }
    JobProgress.current.begin("measuring the surroundings")
    let surroundings = attempt { try Surroundings(point, among: rows.get(), in: model, options.geometry) }
    JobProgress.current.begin("reading the lenses")
    let lenses: [PointLens] =
      switch rows {
      case .success(let rows): model.lenses(of: point, among: rows, fittedIn: lensFolder)
      case .failure(let gap): LensKind.allCases.map { PointLens(lens: $0.rawValue, reading: .missing(gap)) }
      }
    let answer = options.words.map { words in
      JobProgress.current.begin("asking \(model.name) for words")
      return PointSection { try model.answer(for: point, among: rows.get(), words) }
    }
    JobProgress.current.begin("carrying the point into other models")
    var reading = PointMeaning(
      model: model.name, modelSHA256: model.identity.hash, point: PointSummary(point, try? rows.get(), model),
      neighbours: PointSection { try surroundings.get().neighbours.get() },
      alarm: PointSection { try surroundings.get().alarm.get() },
      neighbourhood: PointSection { try surroundings.get().neighbourhood.get() }, lenses: lenses,
      answer: answer,
      elsewhere: others.readings(of: point, in: model, among: rows, seed: options.seed))
    reading.verdict = PointVerdict(of: reading).sentences
    return reading
  }
}

extension PointSummary {
  init(_ point: ResolvedPoint, _ rows: PointRows?, _ model: PointModel) {
    let prompt = point.prompt.map { place in
      place.tokens.indices.map { index in
        let word = model.word(place.tokens[index])
        return index == place.position ? "[\(word)]" : word
      }.joined(separator: " ")
    }
    let hasPlace = !point.isDirection && rows != nil
    self.init(
      expression: point.expression.description, space: point.space, spaceWords: point.space.words,
      isDirection: point.isDirection, weight: point.weight, width: point.values.count, norm: point.norm,
      normPercentile: hasPlace ? rows?.percentile(ofNorm: point.norm) : nil, heldAgainst: rows?.words,
      token: point.token.map { model.word($0) }, prompt: prompt, notes: point.notes)
  }
}

/// The sections that geometry fills.
private struct Surroundings {
  let neighbours: Result<[NearTokens], PointGap>
  let alarm: Result<PointAlarm, PointGap>
  let neighbourhood: Result<PointNeighbourhood, PointGap>

  /// Cost: see ``PointGeometry``.
  init(_ point: ResolvedPoint, among rows: PointRows, in model: PointModel, _ options: PointOptions) throws {
    let geometry = try rows.geometry(options)
    guard !point.isDirection else {
      // A direction points somewhere from the middle of the rows; how far is no part of it.
      let place = zip(rows.mean, point.values).map { Float($0 + Double($1)) }
      neighbours = attempt {
        try geometry.neighbours(of: Self.matrix(place), by: [.centred])[0].map {
          NearTokens($0, rows, model)
        }
      }
      let gap = PointGap(
        "a direction lies nowhere by itself",
        remedy: "add it to a point, as in state:\"…\"@12[-1] + 2 * vector:FILE")
      (alarm, neighbourhood) = (.failure(gap), .failure(gap))
      return
    }
    let reading = attempt { try geometry.readings(of: Self.matrix(point.values))[0] }
    neighbours = reading.map { $0.neighbours.map { NearTokens($0, rows, model) } }
    (alarm, neighbourhood) = (reading.map(\.alarm), reading.map(\.neighbourhood))
  }

  private static func matrix(_ point: [Float]) -> Matrix<Float> {
    Matrix(rows: 1, columns: point.count, elements: point)
  }
}
