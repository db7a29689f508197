internal import Alignment
internal import Files
internal import Geometry
internal import Steering
internal import Workflow

extension Study {
  /// The same study, once every option is within its range and all go together, as of a study that was read from a file.
  ///
  /// - Throws: `StudyError.study`, which names the option as a file would have it, what was expected and what was found.
  public func validated() throws(StudyError) -> Study {
    try check(path: file.isEmpty ? name : file)
    return self
  }

  func check(path: String) throws(StudyError) {
    for parameter in Parameters.all {
      guard let fault = parameter.fault(in: self) else { continue }
      throw .study(
        path: path, place: parameter.key + fault.place, expected: fault.expected, actual: fault.actual)
    }
    for (place, fault) in [
      (Parameters.relations.key, faultOfRelations), (Parameters.layerPairs.key, faultOfLayerPairs),
      (Parameters.steerLayer.key, faultOfTargetLayer), (Parameters.steerMethod.key, faultOfCarrier),
    ] {
      guard let fault else { continue }
      throw .study(path: path, place: place, expected: fault.expected, actual: fault.actual)
    }
  }

  private var faultOfRelations: ParameterFault? {
    guard let relations = compare.relations, !compare.also.contains(.tokenProfiles) else { return nil }
    return ParameterFault(
      expected: "\(MeasureGroup.tokenProfiles.rawValue) in compare.also, which relations are for",
      actual: relations)
  }

  private var faultOfLayerPairs: ParameterFault? {
    let names = models.indices.flatMap { a in
      models.dropFirst(a + 1).map { "\(models[a].name)--\($0.name)" }
    }
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
      return ParameterFault(expected: "one of align.methods", actual: steer.method)
    }
    let carriers = AlignmentMethods.linear.map(\.name)
    guard !carriers.contains(steer.method) else { return nil }
    return ParameterFault(
      expected: "one that fits a matrix on anchors: \(carriers.joined(separator: ", "))",
      actual: steer.method)
  }
}
