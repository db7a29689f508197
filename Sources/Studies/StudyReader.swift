internal import Files
internal import Yams

extension Study {
  /// Reads a study file: strict YAML, unknown keys are errors, every error names file, place and line, and all are told at once.
  public static func load(_ path: String) throws -> Study { try draft(path).checked(path) }

  /// Reads the text of a study file, whose paths start from the current folder; `path` names it in errors.
  public static func parse(_ text: String, path: String) throws -> Study {
    let reader = YAMLReader(path: path)
    return try StudyReader(reader: reader).study(reader.document(text)).checked(path)
  }

  /// Reads a study file whatever is wrong with its options, which a ``StudyRunner`` tells before it runs, with all else that is
  /// wrong.
  ///
  /// - Throws: for a file that cannot be read, or that is no YAML.
  package static func draft(_ path: String) throws -> Study {
    let reader = YAMLReader(path: path)
    var study = try StudyReader(reader: reader).study(reader.document())
    study.file = path
    return study
  }

  private func checked(_ path: String) throws -> Study {
    try StudyFaults(places.faults.map(\.error) + faults(path: path)).check(path)
    return self
  }
}

private struct StudyReader {
  let reader: YAMLReader

  /// What cannot be read is left as it is by default, and among the faults of the places.
  func study(_ root: Node) -> Study {
    var study = Study(name: "", models: [])
    let nodes = nodes(root, &study.places)
    for parameter in Parameters.all where parameter.isRequired || nodes[parameter.key] != nil {
      let node = StudyNode(reader: reader, node: nodes[parameter.key], place: parameter.key)
      if let node = node.node { study.places.remember(node, parameter.key) }
      do { try parameter.read(node, into: &study) } catch { study.places.add(error, of: parameter.key) }
    }
    return study
  }

  /// What the file has, by the keys of parameters.
  private func nodes(_ root: Node, _ places: inout StudyPlaces) -> [String: Node] {
    var nodes = members(root, "study", known: Parameters.heads, &places)
    for section in Parameters.sections {
      guard let node = nodes.removeValue(forKey: section) else { continue }
      let known = Parameters.all.filter { $0.section == section }.map(\.name)
      for (name, value) in members(node, section, known: known, &places) {
        nodes["\(section).\(name)"] = value
      }
    }
    return nodes
  }

  /// The members that can be taken; every other is a fault.
  private func members(
    _ node: Node, _ place: String, known: [String], _ places: inout StudyPlaces
  ) -> [String: Node] {
    do { return try reader.members(node, place, known: known) } catch {
      guard let mapping = node.mapping else {
        places.add(error, of: place)
        return [:]
      }
      var members: [String: Node] = [:]
      var hasFault = false
      for (key, value) in mapping {
        do {
          members.merge(try reader.members(Node([(key, value)]), place, known: known)) { first, _ in first }
        } catch {
          places.add(error, of: place)
          hasFault = true
        }
      }
      // A key that is there twice.
      if !hasFault { places.add(error, of: place) }
      return members
    }
  }
}
