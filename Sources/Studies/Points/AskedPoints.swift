internal import Checkpoints
internal import Files
internal import Lenses
internal import Points
internal import Tensors
internal import Workflow

/// What a study asks about points and lenses, read from its files: names are known before anything is computed.
package struct AskedPoints: Sendable {
  /// A point as the study has it.
  struct Point: Sendable {
    let name: String
    /// In the canonical form, its paths as in the study.
    let expression: String
    /// The same with paths from the current folder.
    let text: String
    /// SHA-256 of the files that it names, by the paths in the study.
    let files: [String: String]
    /// Where it stands, for errors.
    let place: Place
  }

  /// A place in a file.
  struct Place: Sendable {
    let path: String
    let place: String

    func error(_ expected: String, _ actual: String) -> StudyError {
      .study(path: path, place: place, expected: expected, actual: actual)
    }
  }

  struct Group: Sendable {
    let name: String
    let points: [Point]
    let models: [String]
  }

  struct Walk: Sendable {
    let name: String
    let start: Point
    /// Where it ends, or the direction.
    let towards: Point
    let goal: PointGoal
    let models: [String]

    /// The goal with paths from the current folder.
    var locatedGoal: PointGoal {
      switch goal {
      case .point(_, let steps, let isSpherical):
        .point(towards.text, steps: steps, isSpherical: isSpherical)
      case .along(_, let doses): .along(towards.text, doses: doses)
      }
    }
  }

  struct File: Sendable {
    let name: String
    let path: String
    let sha256: String
  }

  var groups: [Group] = []
  var walks: [Walk] = []
  var relations: [File] = []
  var sets: [LensSet] = []

  package init() {}

  /// What is read in a model.
  func groups(of model: String) -> [Group] { groups.filter { $0.models.contains(model) } }
  func walks(of model: String) -> [Walk] { walks.filter { $0.models.contains(model) } }
}

extension Study {
  /// The models of a list, or all.
  private func models(_ some: [String], else others: [String] = []) -> [String] {
    let names = models.map(\.name)
    return names.filter { (some.isEmpty ? others.isEmpty ? names : others : some).contains($0) }
  }

  /// The models whose heads are scored.
  var relationModels: [String] { models(points.models) }
  /// The models whose lenses are judged: those of pairs among them.
  var lensModels: [String] {
    let judged = models(lenses.models)
    return models.map(\.name).filter { name in
      judged.contains(name)
        || lenses.pairs.contains { $0.hasPrefix("\(name)--") || $0.hasSuffix("--\(name)") }
    }
  }

  /// - Throws: as ``askedPoints(_:)`` gathers.
  package func askedPoints() throws -> AskedPoints {
    var faults = StudyFaults()
    let asked = askedPoints(&faults)
    try faults.check(file.isEmpty ? name : file)
    return asked
  }

  /// What is asked about points and lenses, without what cannot be read.
  func askedPoints(_ faults: inout StudyFaults) -> AskedPoints {
    var asked = AskedPoints()
    let hashes = Memo<String>()
    for entry in points.groups.entries {
      let place = "\(Parameters.pointGroups.key).\(entry.name)"
      let points = faults.collect(places.words(place)) { try readGroup(entry.value, place) } ?? []
      let read = points.compactMap { point in
        faults.collect { try askedPoint(point.name, point.expression, point.place, hashes) }
      }
      asked.groups.append(
        .init(
          name: entry.name, points: read, models: models(entry.value.models, else: self.points.models)))
    }
    for entry in points.walks.entries {
      let key = "\(Parameters.pointPaths.key).\(entry.name)"
      let (towards, word) =
        switch entry.value.goal {
        case .point(let end, _, _): (end, "to")
        case .along(let direction, _): (direction, "along")
        }
      let start = faults.collect {
        try askedPoint(entry.name, entry.value.start, place("\(key).from", of: key), hashes)
      }
      let end = faults.collect {
        try askedPoint(entry.name, towards, place("\(key).\(word)", of: key), hashes)
      }
      guard let start, let end else { continue }
      asked.walks.append(
        .init(
          name: entry.name, start: start, towards: end, goal: entry.value.goal,
          models: models(entry.value.models, else: points.models)))
    }
    for (index, relation) in points.relations.enumerated() {
      let place = places.words("\(Parameters.pointRelations.key)[\(index)]")
      let read = faults.collect(place) {
        let path = try located(relation.path) ?? relation.path
        return AskedPoints.File(name: relation.title, path: path, sha256: try MappedFile(path: path).sha256())
      }
      if let read { asked.relations.append(read) }
    }
    for (index, set) in lenses.sets.enumerated() {
      let place = places.words("\(Parameters.lensSets.key)[\(index)]")
      let read = faults.collect(place) {
        try LensSet.load(located(set.path) ?? set.path).renamed(set.title)
      }
      if let read { asked.sets.append(read) }
    }
    return asked
  }

  private func place(_ place: String, of key: String) -> AskedPoints.Place {
    .init(path: file.isEmpty ? name : file, place: places.words(place))
  }

  private func readGroup(
    _ group: PointGroup, _ key: String
  ) throws -> [(name: String, expression: String, place: AskedPoints.Place)] {
    switch group.source {
    case .list(let points):
      let list = group.models.isEmpty ? key : "\(key).points"
      return zip(points, points.names).enumerated().map { index, point in
        (point.1, point.0.expression, place("\(list)[\(index)]", of: key))
      }
    case .file(let path): return try PointFile(located(path) ?? path).lines
    }
  }

  /// - Parameter hashes: SHA-256 of files by their paths in the study: points are often rows of one.
  private func askedPoint(
    _ name: String, _ text: String, _ place: AskedPoints.Place, _ hashes: Memo<String>
  ) throws -> AskedPoints.Point {
    let expression: PointExpression
    do throws(PointError) { expression = try PointParser.parse(text) } catch {
      throw place.error("a point", "\(error)")
    }
    var files: [String: String] = [:]
    for path in expression.files {
      do {
        files[path] = try hashes.value(path) { try MappedFile(path: located(path) ?? path).sha256() }
      } catch {
        throw place.error("a point whose files can be read", "\(error)")
      }
    }
    return AskedPoints.Point(
      name: name, expression: expression.description,
      text: try expression.mappingFiles { try located($0) ?? $0 }.description, files: files, place: place)
  }

  /// The same points with paths from the current folder.
  func locatedPoints() throws -> PointsOptions {
    var options = points
    func text(_ text: String) throws -> String {
      try PointParser.parse(text).mappingFiles { try located($0) ?? $0 }.description
    }
    for index in options.groups.entries.indices {
      switch options.groups.entries[index].value.source {
      case .list(let points):
        options.groups.entries[index].value.source = .list(
          try points.map { NamedPoint(try text($0.expression), name: $0.name) })
      case .file(let path):
        options.groups.entries[index].value.source = .file(try located(path) ?? path)
      }
    }
    for index in options.walks.entries.indices {
      options.walks.entries[index].value.start = try text(options.walks.entries[index].value.start)
      switch options.walks.entries[index].value.goal {
      case .point(let end, let steps, let isSpherical):
        options.walks.entries[index].value.goal = .point(
          try text(end), steps: steps, isSpherical: isSpherical)
      case .along(let direction, let doses):
        options.walks.entries[index].value.goal = .along(try text(direction), doses: doses)
      }
    }
    for index in options.relations.indices {
      options.relations[index].path =
        try located(options.relations[index].path) ?? options.relations[index].path
    }
    return options
  }
}

/// A file of points, one a line: an expression, or a name, a tab and an expression. Empty lines are passed over.
private struct PointFile {
  let lines: [(name: String, expression: String, place: AskedPoints.Place)]

  init(_ path: String) throws {
    let text = try TextInput.text(path, kind: "a file of points", limit: 1 << 26)
    var lines: [(name: String, expression: String, place: AskedPoints.Place)] = []
    var names: Set<String> = []
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    where !line.allSatisfy(\.isWhitespace) {
      let place = AskedPoints.Place(path: path, place: "line \(number + 1)")
      let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
      let name = parts.count == 2 ? String(parts[0]) : "\(lines.count + 1)"
      if let fault = ModelName.fault(name) { throw place.error("a name for files", "\"\(name)\": \(fault)") }
      guard names.insert(ModelName.folded(name)).inserted else {
        throw place.error("different names", "\(name) once more")
      }
      lines.append((name, String(parts[parts.count - 1]), place))
    }
    guard !lines.isEmpty else {
      throw AskedPoints.Place(path: path, place: "file").error("one point or more, one a line", "none")
    }
    self.lines = lines
  }
}
