internal import Alignment
internal import Files
internal import Geometry
internal import Steering
internal import Workflow

extension Study {
  /// The same study, once every option is within its range and all go together, as of a study that was read from a file.
  ///
  /// - Throws: `StudyError.study`, which names the option as a file would have it, what was expected and what was found;
  ///   `.several` where more than one is at fault.
  public func validated() throws(StudyError) -> Study {
    let path = file.isEmpty ? name : file
    let faults = faults(path: path)
    if faults.count > 1 { throw .faults(faults.map { ($0, nil) }, path: path) }
    if let fault = faults.first { throw fault }
    return self
  }

  /// Options that are out of range or do not go together. What could not be read is no fault once more, and where there is any,
  /// it is not asked what goes together.
  func faults(path: String) -> [StudyError] {
    let unreadable = Set(places.faults.map(\.key))
    func error(_ place: String, _ fault: ParameterFault) -> StudyError {
      .study(path: path, place: places.words(place), expected: fault.expected, actual: fault.actual)
    }
    let single = Parameters.all.filter { !unreadable.contains($0.key) }.compactMap { parameter in
      parameter.fault(in: self).map { error(parameter.key + $0.place, $0) }
    }
    guard unreadable.isEmpty, single.isEmpty else { return single }
    let together = [
      (Parameters.models.key, faultOfOneModel), (Parameters.relations.key, faultOfRelations),
      (Parameters.spaces.key, faultOfSpaces),
      (Parameters.layerPairs.key, faultOfLayerPairs),
      (Parameters.steerLayer.key, faultOfTargetLayer), (Parameters.steerMethod.key, faultOfCarrier),
    ]
    return together.compactMap { place, fault in fault.map { error(place, $0) } }
      + faultsOfNames.map { error($0.place, $0.fault) }
  }

  /// Names of models and of pairs that the study does not have.
  private var faultsOfNames: [(place: String, fault: ParameterFault)] {
    func faults(_ key: String, _ names: [String], among known: [String]) -> [(String, ParameterFault)] {
      names.enumerated().filter { !known.contains($1) }.map { index, name in
        (
          "\(key)[\(index)]",
          ParameterFault(
            expected: "one of \(known.joined(separator: ", "))",
            actual: name + suggestion(for: name, among: known))
        )
      }
    }
    let names = models.map(\.name)
    return faults(Parameters.pointModels.key, points.models, among: names)
      + points.groups.entries.flatMap {
        faults("\(Parameters.pointGroups.key).\($0.name).models", $0.value.models, among: names)
      }
      + points.walks.entries.flatMap {
        faults("\(Parameters.pointPaths.key).\($0.name).models", $0.value.models, among: names)
      } + faults(Parameters.lensModels.key, lenses.models, among: names)
      + faults(Parameters.lensPairs.key, lenses.pairs, among: pairNames)
  }

  /// Points, lenses and embedding language models are read in one model; all else is about pairs.
  private var faultOfOneModel: ParameterFault? {
    guard models.count == 1, points.isEmpty, lenses.isEmpty, elms.isEmpty else { return nil }
    return ParameterFault(
      expected: "at least two different models, or one and points, lenses or elms to read in it",
      actual: models[0].source)
  }

  /// What belongs to a comparison needs one, and something has to be asked for.
  private var faultOfSpaces: ParameterFault? {
    guard compare.spaces.isEmpty else { return nil }
    let needs = [
      (Parameters.also.key, !compare.also.isEmpty),
      (Parameters.learningCurve.key, !align.learningCurve.isEmpty),
    ].first(where: \.1)?.0
    if let needs { return ParameterFault(expected: "input, output or both for \(needs)", actual: "[]") }
    let isAsked =
      !points.isEmpty || !lenses.isEmpty || !elms.isEmpty || !steer.behaviours.isEmpty
      || compare.layers != nil
    return isAsked
      ? nil
      : ParameterFault(
        expected: "input, output or both, or else points, lenses, elms, layers or behaviours to look at",
        actual: "[]")
  }

  private var faultOfRelations: ParameterFault? {
    guard let relations = compare.relations, !compare.also.contains(.tokenProfiles) else { return nil }
    return ParameterFault(
      expected: "\(MeasureGroup.tokenProfiles.rawValue) in compare.also, which relations are for",
      actual: relations)
  }

  private var faultOfLayerPairs: ParameterFault? {
    let names = pairNames
    return compare.layerPairs.first { !names.contains($0) }.map {
      ParameterFault(
        expected: names.joined(separator: ", "), actual: $0 + suggestion(for: $0, among: names))
    }
  }

  private var faultOfTargetLayer: ParameterFault? {
    guard steer.map == .layer, steer.layer != .sameDepth else { return nil }
    return ParameterFault(
      expected: "same-depth, where a map of layers leads", actual: steer.layer.rawValue)
  }

  /// Vectors are carried by a matrix that the study fits.
  private var faultOfCarrier: ParameterFault? {
    guard !steer.behaviours.isEmpty else { return nil }
    guard align.methods.contains(steer.method) else {
      return ParameterFault(
        expected: "one of align.methods",
        actual: steer.method + suggestion(for: steer.method, among: align.methods))
    }
    let carriers = AlignmentMethods.linear.map(\.name)
    guard !carriers.contains(steer.method) else { return nil }
    return ParameterFault(
      expected: "one that fits a matrix on anchors: \(carriers.joined(separator: ", "))",
      actual: steer.method)
  }
}
