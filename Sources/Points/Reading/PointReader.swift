internal import Files
public import Geometry
public import Lenses
internal import Steering
internal import Tensors
internal import Workflow

/// How points are read.
public struct PointReadingOptions: Sendable, Equatable {
  /// Of neighbours, alarm and surroundings.
  public var geometry = PointOptions()
  /// Of the answer in words; nil asks for none, which saves most of the time.
  public var words: WordsOptions? = WordsOptions()
  /// The lenses that points are read through.
  public var lenses = LensKind.allCases
  /// Of the expression.
  public var rules = PointReadingRules()
  /// Seeds the maps of shuffled tokens.
  public var seed: UInt64 = 1

  public init() {}
}

/// Reads points of one model; what they are held against is prepared once for all points of a space.
public struct PointReader: Sendable {
  public let model: PointModel
  public let options: PointReadingOptions
  /// The other models that are imported, and the maps to them.
  public let others: PointAtlas
  /// Where fitted lenses lie; nil knows the logit lens alone.
  public let lensFolder: String?
  private let lenses: PointLenses
  /// By space.
  private let grounds = Memo<PointGround>()
  /// By space, those of directions apart.
  private let verbalisers = Memo<Verbaliser>()

  public init(
    _ model: PointModel, others: PointAtlas, lensesIn lensFolder: String? = nil,
    options: PointReadingOptions = PointReadingOptions()
  ) {
    (self.model, self.others, self.lensFolder, self.options) = (model, others, lensFolder, options)
    lenses = PointLenses(model, options.lenses, fittedIn: lensFolder)
  }

  /// Everything that is to be said of one point.
  ///
  /// - Throws: ``PointError`` for the expression. What a section lacks is said in the section.
  public func read(_ text: String) throws -> PointMeaning {
    let point = try model.point(text, rules: options.rules)
    let ground = attempt { try self.ground(of: point.space) }
    let reading = try reading(of: point, ground)
    JobProgress.current.tell("carrying the point into other models")
    return reading.with(elsewhere: others.readings(of: point, in: model, among: ground, seed: options.seed))
  }

  /// The same without other models.
  package func readHere(_ text: String) throws -> PointMeaning {
    let point = try model.point(text, rules: options.rules)
    return try reading(of: point, attempt { try self.ground(of: point.space) }).with(elsewhere: [])
  }

  /// A point in one other model, by its name.
  package func carried(_ text: String, to other: String) throws -> PointElsewhere {
    let point = try model.point(text, rules: options.rules)
    return others.reading(
      of: point, in: model, among: attempt { try self.ground(of: point.space) }, at: other, seed: options.seed
    )
  }

  /// What points of a space are held against.
  func ground(of space: PointSpace) throws -> PointGround {
    try grounds.value("\(space)") {
      JobProgress.current.tell("reading \(space.words)")
      return try PointGround(space, of: model, options.geometry)
    }
  }

  private func reading(
    of point: ResolvedPoint, _ ground: Result<PointGround, PointGap>
  ) throws -> PointMeaning {
    JobProgress.current.tell("measuring the surroundings")
    let surroundings = attempt { try Surroundings(point, on: ground.get(), in: model) }
    JobProgress.current.tell("reading the lenses")
    let lenses: [PointLens] =
      switch ground {
      case .success(let ground): lenses.readings(of: point, mean: ground.mean)
      case .failure(let gap): lenses.missing(gap)
      }
    let answer = options.words.map { words in
      JobProgress.current.tell("asking \(model.name) for words")
      return PointSection {
        try verbalisers.value("\(point.space) \(point.isDirection)") {
          try model.verbaliser(
            of: point.space, isDirection: point.isDirection, among: ground.get(), words)
        }.answer(for: point.values)
      }
    }
    return PointMeaning(
      model: model.name, modelSHA256: model.identity.hash,
      point: PointSummary(point, try? ground.get(), model),
      neighbours: PointSection { try surroundings.get().neighbours.get() },
      alarm: PointSection { try surroundings.get().alarm.get() },
      neighbourhood: PointSection { try surroundings.get().neighbourhood.get() }, lenses: lenses,
      answer: answer, elsewhere: [])
  }
}

extension PointMeaning {
  /// The same beside what the point is in other models, with the verdict on all.
  package func with(elsewhere: [PointElsewhere]) -> PointMeaning {
    var meaning = self
    meaning.elsewhere = elsewhere
    meaning.verdict = PointVerdict(of: meaning).sentences
    return meaning
  }
}

extension PointSummary {
  init(_ point: ResolvedPoint, _ ground: PointGround?, _ model: PointModel) {
    let prompt = point.prompt.map { place in
      place.tokens.indices.map { index in
        let word = model.word(place.tokens[index])
        return index == place.position ? "[\(word)]" : word
      }.joined(separator: " ")
    }
    let hasPlace = !point.isDirection && ground != nil
    self.init(
      expression: point.expression.description, space: point.space, spaceWords: point.space.words,
      isDirection: point.isDirection, weight: point.weight, width: point.values.count, norm: point.norm,
      normPercentile: hasPlace ? ground?.percentile(ofNorm: point.norm) : nil,
      heldAgainst: ground?.rows.words,
      token: point.token.map { model.word($0) }, prompt: prompt, notes: point.notes)
  }
}

/// The sections that geometry fills.
private struct Surroundings {
  let neighbours: Result<[NearTokens], PointGap>
  let alarm: Result<PointAlarm, PointGap>
  let neighbourhood: Result<PointNeighbourhood, PointGap>

  /// Cost: see ``PointGeometry``.
  init(_ point: ResolvedPoint, on ground: PointGround, in model: PointModel) throws {
    let (geometry, rows) = (try ground.geometry, ground.rows)
    guard !point.isDirection else {
      // A direction points somewhere from the middle of the rows; how far is no part of it.
      let place = zip(ground.mean, point.values).map { Float($0 + Double($1)) }
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
