internal import Files
internal import Yams

extension ParameterKind<[Study.Hypothesis]> {
  static var hypotheses: Self {
    Self(
      text: { list($0.map(\.name)) },
      fault: { hypotheses in
        for (index, hypothesis) in hypotheses.enumerated() {
          guard let fault = hypothesis.fault else { continue }
          return ParameterFault(
            place: "[\(index)]\(fault.place)", expected: fault.expected, actual: fault.actual)
        }
        return nil
      },
      read: { file, _ in
        try file.reader.elements(file.node, file.place).enumerated().map { index, node in
          try hypothesis(node, "\(file.place)[\(index)]", file.reader)
        }
      })
  }
}

private func hypothesis(_ node: Node, _ place: String, _ reader: YAMLReader) throws -> Study.Hypothesis {
  let members = try reader.members(
    node, place, known: ["name", "metric", "bound", "op", "threshold", "baseline", "tolerance"])
  func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: String) throws -> Choice {
    let word = try reader.text(members[key], "\(place).\(key)")
    guard let choice = Choice(rawValue: word) else {
      let words = Choice.allCases.map(\.rawValue)
      throw reader.error(
        "\(place).\(key)", words.joined(separator: " "), word + suggestion(for: word, among: words))
    }
    return choice
  }
  var hypothesis = Study.Hypothesis(
    name: try reader.text(members["name"], "\(place).name"),
    metric: try reader.text(members["metric"], "\(place).metric"),
    bound: try members["bound"].map { _ in try choice("bound") }, comparison: try choice("op"),
    reference: try reference(members, place, reader),
    tolerance: try members["tolerance"].map { try tolerance($0, "\(place).tolerance", reader) })
  hypothesis.line = node.mark?.line
  return hypothesis
}

private func reference(
  _ members: [String: Node], _ place: String, _ reader: YAMLReader
) throws -> Study.Reference {
  switch (members["threshold"], members["baseline"]) {
  case (let number?, nil):
    .threshold(try reader.number(number, "\(place).threshold", in: -1e300...1e300))
  case (nil, let path?): .baseline(try reader.text(path, "\(place).baseline"))
  case (nil, nil): throw reader.error(place, "a threshold, or a baseline", "neither")
  case (_?, _?): throw reader.error(place, "a threshold or a baseline", "both")
  }
}

/// `0.02`, or `2 %`.
private func tolerance(_ node: Node, _ place: String, _ reader: YAMLReader) throws -> Study.Tolerance {
  guard let share = node.scalar?.string.wholeMatch(of: /(.*?) *%/)?.1 else {
    return .absolute(try reader.number(node, place, in: 0...1e300))
  }
  return .relative(try reader.number(Node(String(share)), place, in: 0...1e300) / 100)
}
