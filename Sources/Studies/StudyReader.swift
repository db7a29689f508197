internal import Alignment
internal import Checkpoints
internal import Files
internal import Steering
internal import Transformers
internal import Yams

extension Study {
  /// Reads a study file: strict YAML, unknown keys are errors, every error names file, place and line.
  public static func load(_ path: String) throws -> Study {
    let reader = YAMLReader(path: path)
    var study = try StudyReader(reader: reader).study(reader.document())
    study.file = path
    return study
  }

  /// Reads the text of a study file, whose paths start from the current folder; `path` names it in errors.
  public static func parse(_ text: String, path: String) throws -> Study {
    let reader = YAMLReader(path: path)
    return try StudyReader(reader: reader).study(reader.document(text))
  }
}

private struct StudyReader {
  let reader: YAMLReader

  func study(_ node: Node) throws -> Study {
    let members = try reader.members(
      node, "study",
      known: ["name", "question", "models", "seed", "tokens", "compare", "align", "steer", "hypotheses"])
    let name = try reader.text(members["name"], "name")
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }) else {
      throw reader.error("name", "letters, digits, - and _", name)
    }
    var study = Study(name: name, models: try models(members["models"]))
    if let node = members["question"] { study.question = try reader.text(node, "question") }
    if let node = members["seed"] {
      study.seed = UInt64(try reader.integer(node, "seed", in: 0...Int(UInt32.max)))
    }
    if let node = members["tokens"] { study.tokens = try tokens(node) }
    if let node = members["compare"] { study.compare = try compare(node) }
    if let node = members["align"] { study.align = try align(node) }
    if let node = members["steer"] { study.steer = try steer(node) }
    if !study.steer.behaviours.isEmpty { try carrier(study) }
    if let node = members["hypotheses"] {
      study.hypotheses = try reader.elements(node, "hypotheses").enumerated().map { index, node in
        try hypothesis(node, "hypotheses[\(index)]")
      }
    }
    return study
  }

  /// A list of sources, or a mapping of names to sources.
  private func models(_ node: Node?) throws -> [Study.Model] {
    let models =
      if let node, node.mapping != nil {
        try reader.entries(node, "models").map { name, node in
          Study.Model(try reader.text(node, "models.\(name)"), name: name)
        }
      } else {
        try texts(node, "models").map { Study.Model($0) }
      }
    guard models.count >= 2 else {
      throw reader.error(
        "models", "at least two different models", models.map(\.source).joined(separator: ", "))
    }
    for (index, model) in models.enumerated() {
      let mend = "write models: {NAME: \(model.source), …}"
      if let fault = ModelName.fault(model.name) {
        throw reader.error("models[\(index)]", "a name for files", "\"\(model.name)\": \(fault); \(mend)")
      }
      if let other = models.prefix(index).first(where: {
        ModelName.folded($0.name) == ModelName.folded(model.name)
      }) {
        throw reader.error(
          "models[\(index)]", "different names",
          "\(other.source) and \(model.source), which would both be called \(model.name); name them: "
            + "models: {FIRST: \(other.source), SECOND: \(model.source)}")
      }
    }
    try distinguishPairs(models)
    return models
  }

  /// The files of two pairs must not have one name: `a` and `b--c` against `a--b` and `c`.
  private func distinguishPairs(_ models: [Study.Model]) throws {
    var pairs: [String: String] = [:]
    for a in models {
      for b in models where a != b {
        for space in EmbeddingSpace.allCases {
          let words = "\(a.name) and \(b.name)"
          let pair = ModelName.folded(pairName(a.name, b.name, space))
          if let other = pairs.updateValue(words, forKey: pair), other != words {
            throw reader.error(
              "models", "names whose pairs differ",
              "\(other), and \(words): both are written \(pair); "
                + "write models: {NAME: PATH, …} with other names")
          }
        }
      }
    }
  }

  /// A list of sources, or a mapping of names to sources.
  private func behaviours(_ node: Node) throws -> [Study.Behaviour] {
    guard node.mapping != nil else {
      return try texts(node, "steer.behaviours").map { Study.Behaviour($0) }
    }
    return try reader.entries(node, "steer.behaviours").map { name, node in
      let place = "steer.behaviours.\(name)"
      let source = try reader.text(node, place)
      guard name == source || !ContrastSet.bundledNames.contains(source) else {
        throw reader.error(place, "a file", "\(source), a bundled set, which keeps its name")
      }
      return Study.Behaviour(source, name: name)
    }
  }

  /// Throws unless the study fits the map that its vectors are carried by.
  private func carrier(_ study: Study) throws {
    let method = study.steer.method
    guard study.align.methods.contains(method) else {
      throw reader.error("steer.method", "one of align.methods", method)
    }
    let carriers = AlignmentMethods.linear.map(\.name)
    guard carriers.contains(method) else {
      throw reader.error(
        "steer.method", "one that fits a matrix on anchors: \(carriers.joined(separator: ", "))", method)
    }
  }

  private func texts(_ node: Node?, _ place: String) throws -> [String] {
    try reader.elements(node, place).enumerated().map { try reader.text($1, "\(place)[\($0)]") }
  }

  private func tokens(_ node: Node) throws -> Study.TokenOptions {
    let members = try reader.members(
      node, "tokens",
      known: ["letters_only", "whole_words", "untrained", "minimum_norm_quantile", "shared_by_all"])
    var options = Study.TokenOptions()
    if let node = members["letters_only"] {
      options.lettersOnly = try reader.boolean(node, "tokens.letters_only")
    }
    if let node = members["whole_words"] {
      options.wholeWords = try reader.boolean(node, "tokens.whole_words")
    }
    if let node = members["untrained"] {
      options.untrained = try choice(node, "tokens.untrained", of: Study.UntrainedPolicy.allCases)
    }
    if let node = members["minimum_norm_quantile"] {
      options.minimumNormQuantile = try reader.number(node, "tokens.minimum_norm_quantile", in: 0...0.5)
    }
    if let node = members["shared_by_all"] {
      options.sharedByAll = try reader.boolean(node, "tokens.shared_by_all")
    }
    return options
  }

  private func compare(_ node: Node) throws -> Study.CompareOptions {
    let members = try reader.members(
      node, "compare",
      known: [
        "neighbours", "dimension_neighbours", "dimension_tokens", "spaces", "also", "relations", "layers",
        "stratified_null", "layer_pairs", "layer_tokens", "layer_position", "layer_permutations",
        "layer_carrier",
      ])
    var options = Study.CompareOptions()
    if let node = members["neighbours"] {
      options.neighbours = try reader.integer(node, "compare.neighbours", in: 2...200)
    }
    if let node = members["dimension_neighbours"] {
      options.dimensionNeighbours = try reader.integer(node, "compare.dimension_neighbours", in: 3...5000)
    }
    if let node = members["dimension_tokens"] {
      options.dimensionTokens = try reader.integer(node, "compare.dimension_tokens", in: 10...1_000_000)
    }
    if let node = members["spaces"] {
      options.spaces = try reader.elements(node, "compare.spaces").enumerated().map {
        try space($1, "compare.spaces[\($0)]")
      }
      guard !options.spaces.isEmpty, Set(options.spaces).count == options.spaces.count else {
        throw reader.error(
          "compare.spaces", EmbeddingSpace.names + ", each once", "\(options.spaces.count) names")
      }
    }
    try measures(members, &options)
    if let node = members["stratified_null"] {
      options.isStratified = try reader.boolean(node, "compare.stratified_null")
    }
    if let node = members["layer_pairs"] { options.layerPairs = try texts(node, "compare.layer_pairs") }
    options.layers = try layers(members, neighbours: options.neighbours)
    return options
  }

  /// What is measured on request, and what that takes.
  private func measures(_ members: [String: Node], _ options: inout Study.CompareOptions) throws {
    if let node = members["also"] {
      options.also = try texts(node, "compare.also").enumerated().map { index, name in
        guard let group = MeasureGroup(rawValue: name) else {
          throw reader.error("compare.also[\(index)]", "one of \(MeasureGroup.names)", name)
        }
        return group
      }
    }
    if let node = members["relations"] {
      let path = try reader.text(node, "compare.relations")
      guard options.also.contains(.tokenProfiles) else {
        throw reader.error(
          "compare.relations",
          "\(MeasureGroup.tokenProfiles.rawValue) in compare.also, which relations are for",
          path)
      }
      options.relations = path
    }
  }

  /// The layer options among the members of `compare`; nil unless they are asked for.
  private func layers(_ members: [String: Node], neighbours: Int) throws -> LayerOptions? {
    var options = LayerOptions()
    options.neighbours = min(neighbours, 40)
    if let node = members["layer_tokens"] {
      options.tokens = try reader.integer(node, "compare.layer_tokens", in: 50...2000)
    }
    if let node = members["layer_carrier"] {
      let isEmpty = node.scalar?.string.isEmpty == true
      options.carrier = isEmpty ? "" : try reader.text(node, "compare.layer_carrier")
    }
    if let node = members["layer_position"] {
      options.position = try choice(node, "compare.layer_position", of: [.last, .mean])
    }
    if let node = members["layer_permutations"] {
      options.permutations = try reader.integer(node, "compare.layer_permutations", in: 19...10_000)
    }
    guard let node = members["layers"], try reader.boolean(node, "compare.layers") else { return nil }
    return options
  }

  private func space(_ node: Node, _ place: String) throws -> EmbeddingSpace {
    let name = try reader.text(node, place)
    guard let space = EmbeddingSpace(rawValue: name) else {
      throw reader.error(place, EmbeddingSpace.names, name)
    }
    return space
  }

  private func align(_ node: Node) throws -> Study.AlignOptions {
    let members = try reader.members(
      node, "align",
      known: ["methods", "space", "held_out", "held_out_groups", "candidates", "by_class", "learning_curve"])
    var options = Study.AlignOptions()
    if let node = members["methods"] {
      options.methods =
        node.scalar?.string == "all"
        ? methodNames() : try methods(node, "align.methods", among: methodNames())
      guard !options.methods.isEmpty else { throw reader.error("align.methods", "one or more", "none") }
    }
    if let node = members["space"] { options.space = try space(node, "align.space") }
    if let node = members["held_out"] {
      options.heldOut = try reader.number(node, "align.held_out", in: 0.05...0.5)
    }
    if let node = members["held_out_groups"] {
      options.heldOutGroups = try reader.boolean(node, "align.held_out_groups")
    }
    if let node = members["candidates"] {
      options.candidates = try choice(node, "align.candidates", of: CandidateSet.allCases)
    }
    if let node = members["by_class"] { options.byClass = try reader.boolean(node, "align.by_class") }
    if let node = members["learning_curve"] {
      let fitted = methodNames { $0 is any PairedMethod }
      options.learningCurve =
        if node.sequence != nil {
          try methods(node, "align.learning_curve", among: fitted)
        } else {
          try reader.boolean(node, "align.learning_curve") ? options.methods.filter(fitted.contains) : []
        }
    }
    return options
  }

  private func methods(_ node: Node, _ place: String, among known: [String]) throws -> [String] {
    let names = try texts(node, place)
    for (index, name) in names.enumerated() {
      guard known.contains(name) else {
        throw reader.error(
          "\(place)[\(index)]", "one of \(known.joined(separator: ", "))",
          name + suggestion(for: name, among: known))
      }
      guard !names.prefix(index).contains(name) else {
        throw reader.error("\(place)[\(index)]", "each method once", name)
      }
    }
    return names
  }

  private func steer(_ node: Node) throws -> Study.SteerOptions {
    let members = try reader.members(
      node, "steer",
      known: [
        "behaviours", "map", "method", "depth", "layer", "position", "divergence", "items", "random_vectors",
        "permuted_labels", "shuffled_maps", "margin", "generated_tokens", "both_directions",
      ])
    var options = Study.SteerOptions()
    if let node = members["behaviours"] { options.behaviours = try behaviours(node) }
    if let node = members["method"] { options.method = try reader.text(node, "steer.method") }
    if let node = members["depth"] { options.depth = try reader.number(node, "steer.depth", in: 0.05...1) }
    if let node = members["map"] { options.map = try choice(node, "steer.map", of: Study.MapKind.allCases) }
    if let node = members["layer"] {
      options.layer = try choice(node, "steer.layer", of: LayerPolicy.allCases)
    }
    if let node = members["position"] {
      options.position = try choice(node, "steer.position", of: [.last, .mean])
    }
    if let node = members["divergence"] {
      options.divergence = try reader.number(node, "steer.divergence", in: 0.001...10)
    }
    if options.map == .layer, options.layer != .sameDepth {
      throw reader.error("steer.layer", "same-depth, where a map of layers leads", options.layer.rawValue)
    }
    func count(_ key: String, _ field: inout Int, in range: ClosedRange<Int>) throws {
      if let node = members[key] { field = try reader.integer(node, "steer.\(key)", in: range) }
    }
    try count("items", &options.items, in: 0...100_000)
    try count("random_vectors", &options.randomVectors, in: 1...9999)
    try count("permuted_labels", &options.permutedLabels, in: 1...9999)
    try count("shuffled_maps", &options.shuffledMaps, in: 1...9999)
    if let node = members["margin"] { options.margin = try reader.number(node, "steer.margin", in: 0...1) }
    try count("generated_tokens", &options.generatedTokens, in: 0...1000)
    if let node = members["both_directions"] {
      options.bothDirections = try reader.boolean(node, "steer.both_directions")
    }
    return options
  }

  private func choice<Choice: RawRepresentable<String>>(
    _ node: Node, _ place: String, of choices: [Choice]
  ) throws -> Choice {
    let text = try reader.text(node, place)
    guard let choice = choices.first(where: { $0.rawValue == text }) else {
      throw reader.error(place, choices.map(\.rawValue).joined(separator: " or "), text)
    }
    return choice
  }

  private func hypothesis(_ node: Node, _ place: String) throws -> Study.Hypothesis {
    let members = try reader.members(node, place, known: ["name", "metric", "op", "threshold"])
    let symbol = try reader.text(members["op"], "\(place).op")
    guard let comparison = Study.Comparison(rawValue: symbol) else {
      throw reader.error(
        "\(place).op", Study.Comparison.allCases.map(\.rawValue).joined(separator: " "), symbol)
    }
    return Study.Hypothesis(
      name: try reader.text(members["name"], "\(place).name"),
      metric: try reader.text(members["metric"], "\(place).metric"), comparison: comparison,
      threshold: try reader.number(members["threshold"], "\(place).threshold", in: -1e300...1e300))
  }
}
