internal import Checkpoints
internal import Files
internal import Steering
internal import Workflow
internal import Yams

// What a study takes beyond numbers, words and lists of them.

extension ParameterKind<[Study.Model]> {
  /// Models: a list of sources, any of which may be a mapping of a name to its source, or one mapping of all.
  static var models: Self {
    Self(
      text: { list($0.map(\.source)) }, fault: faultOfModels,
      read: { file, _ in
        guard let node = file.node, node.mapping != nil else {
          return try file.named().map { Study.Model($0.source, name: $0.name) }
        }
        return try file.reader.entries(node, file.place).map { name, node in
          Study.Model(try file.reader.text(node, "\(file.place).\(name)"), name: name)
        }
      })
  }
}

@Sendable private func faultOfModels(_ models: [Study.Model]) -> ParameterFault? {
  guard !models.isEmpty else {
    return ParameterFault(
      expected: "at least two different models, or one to read points, lenses or elms in", actual: "none")
  }
  for (index, model) in models.enumerated() {
    if let fault = ModelName.fault(model.name) {
      return ParameterFault(
        place: "[\(index)]", expected: "a name for files",
        actual: "\"\(model.name)\": \(fault); write models: {NAME: \(model.source), …}")
    }
    if let other = models.prefix(index).first(where: {
      ModelName.folded($0.name) == ModelName.folded(model.name)
    }) {
      return ParameterFault(
        place: "[\(index)]", expected: "different names",
        actual: "\(other.source) and \(model.source), which would both be called \(model.name); name them: "
          + "models: {FIRST: \(other.source), SECOND: \(model.source)}")
    }
  }
  return faultOfPairs(models)
}

/// The files of two pairs must not have one name: `a` and `b--c` against `a--b` and `c`.
private func faultOfPairs(_ models: [Study.Model]) -> ParameterFault? {
  var pairs: [String: String] = [:]
  for a in models {
    for b in models where a != b {
      for space in EmbeddingSpace.allCases {
        let words = "\(a.name) and \(b.name)"
        let pair = ModelName.folded(pairName(a.name, b.name, space))
        if let other = pairs.updateValue(words, forKey: pair), other != words {
          return ParameterFault(
            expected: "names whose pairs differ",
            actual: "\(other), and \(words): both are written \(pair); "
              + "write models: {NAME: PATH, …} with other names")
        }
      }
    }
  }
  return nil
}

extension ParameterKind<[Behaviour]> {
  /// A list of sources, or a mapping of names to sources.
  static var behaviours: Self {
    Self(
      text: { list($0.map(\.source)) },
      fault: { behaviours in
        behaviours.first { behaviour in
          behaviour.name.map { $0 != behaviour.source } ?? false
            && ContrastSet.bundledNames.contains(behaviour.source)
        }.map {
          ParameterFault(
            place: ".\($0.name ?? "")", expected: "a file",
            actual: "\($0.source), a bundled set, which keeps its name")
        }
      },
      read: { file, _ in
        guard let node = file.node, node.mapping != nil else {
          return try file.named().map { Behaviour($0.source, name: $0.name) }
        }
        return try file.reader.entries(node, file.place).map { name, node in
          Behaviour(try file.reader.text(node, "\(file.place).\(name)"), name: name)
        }
      })
  }
}

extension ParameterKind<[String]> {
  /// Alignment methods; `all` are all of them.
  static var methods: Self {
    Self(
      text: { list($0) }, fault: { faultOfMethods($0, among: MapOptions.allMethods, atLeast: 1) },
      read: { file, _ in file.node?.scalar?.string == "all" ? MapOptions.allMethods : try file.texts() })
  }

  /// Those that are fitted on anchors; `true` takes all of the study's methods that are.
  static var anchoredMethods: Self {
    Self(
      text: { $0.isEmpty ? "false" : list($0) }, fault: { faultOfMethods($0, among: anchored) },
      read: { file, study in
        if file.node?.sequence != nil { return try file.texts() }
        let isWanted = try file.reader.boolean(file.present, file.place)
        return isWanted ? study.align.methods.filter(anchored.contains) : []
      })
  }
}

private var anchored: [String] { MapOptions.anchoredMethods }

private func faultOfMethods(
  _ names: [String], among known: [String], atLeast fewest: Int = 0
) -> ParameterFault? {
  if let index = names.firstIndex(where: { !known.contains($0) }) {
    return ParameterFault(
      place: "[\(index)]", expected: "one of \(known.joined(separator: ", "))",
      actual: names[index] + suggestion(for: names[index], among: known))
  }
  return faultOfList(names, atLeast: fewest)
}

extension ParameterKind<String> {
  /// An estimator of directions, by either spelling of its name; kept as its word.
  static var estimator: Self {
    let words = DirectionEstimators.all.map(\.word)
    let range = words.joined(separator: " or ")
    return Self(
      range, allowing: { words.contains($0) }, text: { $0 },
      read: { file, _ in
        let name = try file.reader.text(file.node, file.place)
        guard let estimator = DirectionEstimators.named(name) else {
          throw file.reader.error(file.place, range, name + suggestion(for: name, among: words))
        }
        return estimator.word
      })
  }
}
