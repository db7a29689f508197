internal import Checkpoints
internal import Files
internal import Points
internal import Yams

// What a study says of points and lenses.

extension ParameterKind<[NamedFile]> {
  /// A list of paths, any of which may be a mapping of a name to its path.
  static var files: Self {
    Self(
      text: { list($0.map(\.path)) }, fault: { faultOfNames($0.map(\.title)) { "[\($0)]" } },
      read: { file, _ in try file.named().map { NamedFile($0.source, name: $0.name) } })
  }
}

extension ParameterKind<Named<PointGroup>> {
  /// A mapping of names to lists of points, to files, or to mappings of `points` and `models`.
  static var groups: Self {
    Self(
      text: { $0.isEmpty ? "{}" : "{\($0.entries.map { "\($0.name): …" }.joined(separator: ", "))}" },
      fault: { groups in
        let names = groups.entries.map(\.name)
        if let fault = faultOfNames(names, { ".\(names[$0])" }) { return fault }
        for entry in groups.entries {
          guard case .list(let points) = entry.value.source else { continue }
          if points.isEmpty {
            return ParameterFault(place: ".\(entry.name)", expected: "one point or more", actual: "none")
          }
          if let fault = faultOfNames(points.names, { ".\(entry.name)[\($0)]" }) { return fault }
        }
        return nil
      },
      read: { file, _ in
        Named(
          try file.reader.entries(file.present, file.place).map { name, node in
            .init(name, try group(node, "\(file.place).\(name)", file.reader))
          })
      })
  }
}

extension ParameterKind<Named<PointPath>> {
  /// A mapping of names to ways.
  static var walks: Self {
    Self(
      text: { $0.isEmpty ? "{}" : "{\($0.entries.map { "\($0.name): …" }.joined(separator: ", "))}" },
      fault: { walks in
        let names = walks.entries.map(\.name)
        return faultOfNames(names) { ".\(names[$0])" }
      },
      read: { file, _ in
        Named(
          try file.reader.entries(file.present, file.place).map { name, node in
            .init(name, try walk(node, "\(file.place).\(name)", file.reader))
          })
      })
  }
}

extension ParameterKind<[String]> {
  /// Pairs `A--B` of models, or `all`.
  static var pairs: Self {
    Self(
      text: { list($0) }, fault: { faultOfList($0, atLeast: 0) },
      read: { file, study in
        file.node?.scalar?.string == "all" ? study.pairNames : try file.texts()
      })
  }
}

extension Study {
  /// `A--B` of all pairs of models, in the order of the study.
  package var pairNames: [String] {
    models.indices.flatMap { a in models.dropFirst(a + 1).map { "\(models[a].name)--\($0.name)" } }
  }
}

extension [NamedPoint] {
  /// Their names, or their numbers from 1.
  package var names: [String] { enumerated().map { $1.name ?? "\($0 + 1)" } }
}

/// Names that files can't have, or that are there twice.
func faultOfNames(_ names: [String], _ place: (Int) -> String) -> ParameterFault? {
  for (index, name) in names.enumerated() {
    if let fault = ModelName.fault(name) {
      return ParameterFault(
        place: place(index), expected: "a name for files", actual: "\"\(name)\": \(fault)")
    }
    if names.prefix(index).contains(where: { ModelName.folded($0) == ModelName.folded(name) }) {
      return ParameterFault(
        place: place(index), expected: "different names", actual: "\(name) once more; name one: {NAME: …}")
    }
  }
  return nil
}

private func group(_ node: Node, _ place: String, _ reader: YAMLReader) throws -> PointGroup {
  guard node.mapping != nil else { return PointGroup(try source(node, place, reader)) }
  let members = try reader.members(node, place, known: ["points", "models"])
  guard let points = members["points"] else { throw reader.error(place, "points", "none") }
  return PointGroup(
    try source(points, "\(place).points", reader), models: try models(members["models"], place, reader))
}

private func source(_ node: Node, _ place: String, _ reader: YAMLReader) throws -> PointGroup.Source {
  guard node.sequence != nil else { return .file(try reader.text(node, place)) }
  return .list(
    try StudyNode(reader: reader, node: node, place: place).named().map {
      NamedPoint($0.source, name: $0.name)
    })
}

private func models(_ node: Node?, _ place: String, _ reader: YAMLReader) throws -> [String] {
  guard let node else { return [] }
  return try StudyNode(reader: reader, node: node, place: "\(place).models").texts()
}

private func walk(_ node: Node, _ place: String, _ reader: YAMLReader) throws -> PointPath {
  let members = try reader.members(
    node, place, known: ["from", "to", "along", "doses", "steps", "slerp", "models"])
  let start = try reader.text(members["from"], "\(place).from")
  let goal: PointGoal
  switch (members["to"], members["along"]) {
  case (let end?, nil):
    guard members["doses"] == nil else {
      throw reader.error("\(place).doses", "along, which doses are of", "to")
    }
    goal = .point(
      try reader.text(end, "\(place).to"),
      steps: try members["steps"].map { try reader.integer($0, "\(place).steps", in: 2...1000) }
        ?? PointPath.steps,
      isSpherical: try members["slerp"].map { try reader.boolean($0, "\(place).slerp") } ?? false)
  case (nil, let direction?):
    for key in ["steps", "slerp"] where members[key] != nil {
      throw reader.error("\(place).\(key)", "to, which \(key) is for", "along")
    }
    goal = .along(
      try reader.text(direction, "\(place).along"), doses: try doses(members["doses"], place, reader))
  case (nil, nil): throw reader.error(place, "to: a point where it ends, or along: a direction", "neither")
  case (_?, _?): throw reader.error(place, "to: a point where it ends, or along: a direction", "both")
  }
  return PointPath(from: start, goal, models: try models(members["models"], place, reader))
}

private func doses(_ node: Node?, _ place: String, _ reader: YAMLReader) throws -> [Double] {
  guard let node else { return PointPath.doses }
  let doses = try reader.elements(node, "\(place).doses").enumerated().map {
    try reader.number($1, "\(place).doses[\($0)]", in: -1e6...1e6)
  }
  guard doses.count >= 2 else { throw reader.error("\(place).doses", "two or more", "\(doses.count)") }
  return doses
}
