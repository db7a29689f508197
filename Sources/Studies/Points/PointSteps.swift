internal import Files
internal import Geometry
internal import Lenses
internal import Points
internal import Workflow

/// What the steps about points and lenses depend on.
struct PointSteps {
  let study: Study
  let steps: Steps

  /// Of the texts whose states points of hidden layers are held against.
  private static let texts = sha256Hex(
    of: Array(((try? LayerTexts.bundled().texts) ?? []).joined(separator: "\0").utf8))

  init(_ study: Study, _ steps: Steps) { (self.study, self.steps) = (study, steps) }

  /// How points of the study are read.
  var reading: PointReadingOptions {
    var options = PointReadingOptions()
    options.geometry.neighbours = study.points.neighbours
    options.geometry.heldOut = study.points.heldOut
    options.geometry.neighbourhood = max(options.geometry.neighbourhood, study.points.neighbours + 1)
    (options.geometry.seed, options.seed) = (study.seed, study.seed)
    options.lenses = study.points.lenses
    if study.points.asksForWords { options.words?.seed = study.seed } else { options.words = nil }
    return options
  }

  var relations: RelationOptions {
    var options = RelationOptions()
    (options.permutations, options.seed) = (study.points.relationPermutations, study.seed)
    return options
  }

  /// The models that the study's maps lead to from one, with the method of the map.
  func carriers(
    from model: ModelSummary, among directions: [(ModelSummary, ModelSummary)]
  ) -> (method: String, targets: [ModelSummary])? {
    guard study.points.carriesElsewhere, let method = PointAtlas.preferredMethod(of: study.align.methods)
    else { return nil }
    return (method, directions.filter { $0.0.name == model.name }.map(\.1))
  }

  // MARK: - Fingerprints

  /// - Parameter lenses: of fitted lenses, by kind.
  func pointStep(
    _ model: ModelSummary, _ group: AskedPoints.Group, _ point: AskedPoints.Point,
    lenses: [String: String]
  ) throws -> Fingerprint {
    try Fingerprint("\(StepKind.points)/\(model.name)/\(group.name)/\(point.name)", version: 1)
      .ofModel(model).with("point", point.expression).with("files of the point", point.files)
      .with("seed", study.seed).with("points.neighbours", study.points.neighbours)
      .with("points.held_out", study.points.heldOut).with("points.lenses", study.points.lenses)
      .with("lenses", lenses).with("points.words", reading.words).with("texts", Self.texts)
  }

  /// - Parameter maps: what they depend on.
  func carriedStep(
    _ source: ModelSummary, _ target: ModelSummary, _ group: AskedPoints.Group, _ point: AskedPoints.Point,
    maps: String
  ) throws -> Fingerprint {
    try Fingerprint(
      "\(StepKind.carried)/\(source.name)--\(target.name)/\(group.name)/\(point.name)", version: 1
    ).ofModel(source).with("target", target.storeIdentity).with("point", point.expression)
      .with("files of the point", point.files).with("maps", maps).with("seed", study.seed)
  }

  /// What the maps of a carried point depend on.
  func maps(
    _ source: ModelSummary, _ target: ModelSummary, _ method: String, isReturned: Bool
  ) throws -> String {
    let there = try steps.mapStep("there", method, source, target).sha256
    return isReturned ? try there + " " + steps.mapStep("back", method, target, source).sha256 : there
  }

  func pathStep(_ model: ModelSummary, _ walk: AskedPoints.Walk) throws -> Fingerprint {
    var step = try Fingerprint("\(StepKind.path)/\(model.name)/\(walk.name)", version: 2).ofModel(model)
      .with("from", walk.start.expression).with("towards", walk.towards.expression)
      .with("files", [walk.start.files, walk.towards.files]).with("seed", study.seed)
      .with("points.neighbours", study.points.neighbours).with("points.held_out", study.points.heldOut)
      .with("texts", Self.texts)
    switch walk.goal {
    case .point(_, let count, let isSpherical):
      step = try step.with("steps", count).with("slerp", isSpherical)
    case .along(_, let doses): step = try step.with("doses", doses)
    }
    return step
  }

  func relationStep(_ model: ModelSummary, _ relation: AskedPoints.File) throws -> Fingerprint {
    try Fingerprint("\(StepKind.relations)/\(model.name)/\(relation.name)", version: 1)
      .with("file", model.fileHash).with("relation", relation.sha256)
      .with("points.relation_permutations", study.points.relationPermutations).with("seed", study.seed)
  }

  /// - Parameter lens: of a fitted lens the identity of its file.
  func lensStep(
    _ model: ModelSummary, _ kind: LensKind, _ set: LensSet, lens: String
  ) throws -> Fingerprint {
    try Fingerprint("\(StepKind.lens)/\(model.name)/\(kind.rawValue)/\(set.name)", version: 2)
      .with("file", model.fileHash).with("lens", lens).with("items", set.items)
      .with("evaluation", study.lenses.evaluation(seed: study.seed))
  }

  /// A lens judged among the tokens that another model knows too.
  func lensSharedStep(
    _ model: ModelSummary, _ pair: (ModelSummary, ModelSummary), _ kind: LensKind, _ set: LensSet,
    lens: String
  ) throws -> Fingerprint {
    try Fingerprint(
      "\(StepKind.lensShared.rawValue)/\(pair.0.name)--\(pair.1.name)/\(kind.rawValue)/\(set.name)/\(model.name)",
      version: 2
    ).with("files", [pair.0.fileHash, pair.1.fileHash]).with("lens", lens).with("items", set.items)
      .with("evaluation", study.lenses.evaluation(seed: study.seed))
  }

  func lensPairStep(
    _ pair: (ModelSummary, ModelSummary), _ kind: LensKind, lenses: [String]
  ) throws -> Fingerprint {
    try Fingerprint(
      "\(StepKind.lensPair.rawValue)/\(pair.0.name)--\(pair.1.name)/\(kind.rawValue)", version: 2
    ).with("files", [pair.0.fileHash, pair.1.fileHash]).with("lenses", lenses)
      .with("comparison", study.lenses.comparison(seed: study.seed))
  }
}

extension Fingerprint {
  /// What all points of a model depend on.
  fileprivate func ofModel(_ model: ModelSummary) throws -> Fingerprint {
    try with("store", model.storeIdentity).with("file", model.fileHash)
  }
}
