internal import Files
internal import Yams

extension Study {
  /// Reads a study file: strict YAML, unknown keys are errors, every error names file, place and, where a value is of another
  /// kind, line.
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

  func study(_ root: Node) throws -> Study {
    let nodes = try nodes(root)
    var study = Study(name: "", models: [])
    for parameter in Parameters.all where parameter.isRequired || nodes[parameter.key] != nil {
      let node = StudyNode(reader: reader, node: nodes[parameter.key], place: parameter.key)
      try parameter.read(node, into: &study)
    }
    try study.check(path: reader.path)
    return study
  }

  /// What the file has, by the keys of parameters.
  private func nodes(_ root: Node) throws -> [String: Node] {
    var nodes = try reader.members(root, "study", known: Parameters.heads)
    for section in Parameters.sections {
      guard let node = nodes.removeValue(forKey: section) else { continue }
      let known = Parameters.all.filter { $0.section == section }.map(\.name)
      for (name, value) in try reader.members(node, section, known: known) {
        nodes["\(section).\(name)"] = value
      }
    }
    return nodes
  }
}
