internal import Files
internal import Reports

extension ParameterKind<FigureWidth> {
  /// A length with its unit.
  static var width: Self {
    Self(
      FigureWidth.range, allowing: \.isAllowed, text: \.text,
      read: { file, _ in
        let text = try file.reader.text(file.node, file.place)
        guard let width = FigureWidth(text) else {
          throw file.reader.error(file.place, FigureWidth.range, text)
        }
        return width
      })
  }
}

extension ParameterKind<[String: String]> {
  /// A mapping of models of the study to what figures call them.
  static var labels: Self {
    Self(
      text: { labels in
        "{\(labels.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}"
      },
      read: { file, study in
        let names = study.models.map(\.name)
        let entries = try file.reader.entries(file.present, file.place)
        return try Dictionary(
          uniqueKeysWithValues: entries.map { name, node in
            guard names.contains(name) else {
              throw file.reader.error(
                file.place, "a model of the study (\(names.joined(separator: ", ")))",
                name + suggestion(for: name, among: names))
            }
            return (name, try file.reader.text(node, "\(file.place).\(name)"))
          })
      })
  }
}
