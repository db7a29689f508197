internal import Checkpoints
internal import Foundation
package import Reports
internal import Steering
internal import Workflow

// A study as it is kept beside its numbers: with the keys of a study file, so that it can be run again.

extension Study {
  /// All options as a study file that is JSON has them, none of them left to a default.
  ///
  /// `sextant run` takes it for a study and comes to the same numbers. Names stand only where a source would be called otherwise.
  package func configuration() throws -> JSONValue {
    var members: [String: JSONValue] = [:]
    var sections: [String: [String: JSONValue]] = [:]
    for parameter in Parameters.all {
      let value = try parameter.json(in: self)
      // What is nothing by default is left out: a study file has no word for nothing.
      guard value != .null, value != "" || parameter.key == Parameters.layerCarrier.key else { continue }
      if let section = parameter.section {
        sections[section, default: [:]][parameter.name] = value
      } else {
        members[parameter.key] = value
      }
    }
    members[Parameters.seed.key] = .seed(seed)
    return .object(members.merging(sections.mapValues { .object($0) }) { first, _ in first })
  }

  /// The same study with paths that start from the current folder, as they would be found in a file anywhere.
  ///
  /// - Parameter isKnown: whether a model's source is no path but an id.
  /// - Throws: `StudyError.study` for a path that leads somewhere from the current folder only.
  func located(isKnown: (String) -> Bool = { _ in false }) throws -> Study {
    var study = self
    for index in models.indices where !isKnown(models[index].source) {
      study.models[index].source = try located(models[index].source) ?? models[index].source
    }
    for index in steer.behaviours.indices {
      let source = steer.behaviours[index].source
      guard !ContrastSet.bundledNames.contains(source) else { continue }
      study.steer.behaviours[index].source = try located(source) ?? source
    }
    study.compare.relations = try compare.relations.map { try located($0) ?? $0 }
    study.points = try locatedPoints()
    study.elms = try locatedElms()
    for index in lenses.sets.indices {
      study.lenses.sets[index].path = try located(lenses.sets[index].path) ?? lenses.sets[index].path
    }
    for index in hypotheses.indices {
      guard case .baseline(let path) = hypotheses[index].reference else { continue }
      study.hypotheses[index].reference = .baseline(try located(path) ?? path)
    }
    study.file = ""
    return study
  }
}

extension Study.Model: Encodable {
  /// The source, or `{NAME: SOURCE}` for a model that its source would call otherwise.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if name == ModelName.of(source) {
      try container.encode(source)
    } else {
      try container.encode([name: source])
    }
  }
}
