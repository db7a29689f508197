internal import Checkpoints
internal import Files
internal import Foundation
internal import Yams

/// Tasks that belong together, as a file in YAML or JSON Lines has them.
///
/// ```yaml
/// description: What words mean.
/// tasks:
///   - name: definition
///     prompt: "What does {vector} mean?"
///     answer: "{gloss}"
///   - name: similarity
///     prompt: "What do {first} and {second} have in common?"
///     answer: "Both are a kind of {shared.kind:1}."
///     partners: near
/// ```
/// In JSON Lines each line is an object with name, prompt, answer and, of two vectors, partners. ``TaskTemplate`` has the placeholders.
public struct TaskSet: Sendable, Equatable {
  public let name: String
  public let description: String
  public let tasks: [ElmTask]

  /// - Throws: ``DomainError/task(file:place:expected:actual:remedy:)`` for no task, and for two of one name.
  public init(
    name: String, description: String = "", tasks: [ElmTask], file: String = "tasks"
  ) throws(DomainError) {
    guard !tasks.isEmpty else {
      throw .task(file: file, place: "tasks", expected: "one or more", actual: "none", remedy: "add a task")
    }
    if let double = tasks.indices.first(where: { index in
      tasks[..<index].contains { $0.name == tasks[index].name }
    }) {
      throw .task(
        file: file, place: "task \(double + 1)", expected: "each name once", actual: tasks[double].name,
        remedy: "rename one of them")
    }
    (self.name, self.description, self.tasks) = (name, description, tasks)
  }

  // MARK: - Those of the program

  private static let bundledFiles: KeyValuePairs = [
    "words": PackageResources.words_yaml, "films": PackageResources.films_yaml,
  ]

  /// The names of the sets that are part of the program.
  public static let bundledNames = bundledFiles.map(\.key)

  /// The file of a set that is part of the program, in YAML: a template for your own.
  /// - Throws: ``DomainError/unknownTasks(name:known:)``.
  public static func bundledFile(_ name: String) throws(DomainError) -> String {
    guard let file = bundledFiles.first(where: { $0.key == name }) else {
      throw .unknownTasks(name: name, known: bundledNames)
    }
    return String(decoding: file.value, as: UTF8.self)
  }

  /// A set by its name, `words` or `films`, or by the path of a file.
  /// - Throws: ``DomainError/unknownTasks(name:known:)``; `FileError` and ``DomainError/task(file:place:expected:actual:remedy:)`` for
  ///   a file that is none.
  public static func named(_ name: String) throws -> TaskSet {
    if bundledNames.contains(name) {
      let reader = YAMLReader(path: "\(name).yaml")
      return try read(reader.document(bundledFile(name)), reader, name: name)
    }
    guard name.contains("/") || name.contains(".") || FileManager.default.fileExists(atPath: name) else {
      throw DomainError.unknownTasks(name: name, known: bundledNames)
    }
    return try load(name)
  }

  /// Reads a file in YAML, or in JSON Lines where it begins as JSON does.
  public static func load(_ path: String) throws -> TaskSet {
    let file = (path as NSString).lastPathComponent as NSString
    let name = file.deletingPathExtension
    if try FileKind(path: path) == .json { return try lines(path, name: name) }
    let reader = YAMLReader(path: path)
    return try read(reader.document(), reader, name: name)
  }

  // MARK: - As text

  /// Reads the text of a file in YAML, as ``yaml`` writes it.
  ///
  /// - Parameter file: what errors call it.
  public init(yaml text: String, name: String, file: String) throws {
    let reader = YAMLReader(path: file)
    self = try Self.read(reader.document(text), reader, name: name)
  }

  /// The set as a file in YAML, which reads as an equal one where its texts are such as files can have.
  public var yaml: String {
    func quoted(_ text: String) -> String {
      let escaped = text.unicodeScalars.map { scalar -> String in
        switch scalar {
        case "\"", "\\": "\\\(scalar)"
        case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
          "\\u" + String(repeating: "0", count: 4 - String(scalar.value, radix: 16).count)
            + String(scalar.value, radix: 16)
        default: String(scalar)
        }
      }
      return "\"\(escaped.joined())\""
    }
    let tasks = tasks.map { task in
      "  - name: \(quoted(task.name))\n    prompt: \(quoted(task.prompt.source))\n    answer: \(quoted(task.answer.source))\n"
        + "    partners: \(task.partners.rawValue)\n"
    }
    return (description.isEmpty ? "" : "description: \(quoted(description))\n") + "tasks:\n" + tasks.joined()
  }

  private static func read(_ node: Node, _ reader: YAMLReader, name: String) throws -> TaskSet {
    let members = try reader.members(node, "file", known: ["description", "tasks"])
    let tasks = try reader.elements(members["tasks"], "tasks").enumerated().map { index, node -> ElmTask in
      let place = "task \(index + 1)"
      let parts = try reader.members(node, place, known: ["name", "prompt", "answer", "partners"])
      let partners = try parts["partners"].map { node -> ElmTask.Partners in
        let word = try reader.text(node, "\(place), partners")
        guard let partners = ElmTask.Partners(rawValue: word) else {
          throw reader.error("\(place), partners", "near or any", word)
        }
        return partners
      }
      return try ElmTask(
        name: reader.text(parts["name"], "\(place), name"),
        prompt: reader.text(parts["prompt"], "\(place), prompt"),
        answer: reader.text(parts["answer"], "\(place), answer"), partners: partners ?? .near,
        file: reader.path)
    }
    let description = try members["description"].map { try reader.text($0, "description") } ?? ""
    return try TaskSet(name: name, description: description, tasks: tasks, file: reader.path)
  }

  private static func lines(_ path: String, name: String) throws -> TaskSet {
    var lines = try TextLines(path: path)
    var tasks: [ElmTask] = []
    while let line = try lines.next() {
      if line.allSatisfy(\.isWhitespace) { continue }
      let place = "line \(lines.number)"
      var reader = JSONReader(Array(line.utf8), path: "\(path), \(place)")
      let task = try reader.document()
      let known = ["name", "prompt", "answer", "partners"]
      func error(_ expected: String, _ actual: String) -> FileError {
        .entry(path: path, place: place, expected: expected, actual: actual)
      }
      if let stranger = task.object?.map(\.key).first(where: { !known.contains($0) }) {
        throw error(
          "one of \(known.joined(separator: ", "))", stranger + suggestion(for: stranger, among: known))
      }
      func text(_ key: String) throws(FileError) -> String {
        guard let text = task[key]?.string else { throw error("an object with a text \(key)", task.kind) }
        return text
      }
      let word = task["partners"]?.string ?? ElmTask.Partners.near.rawValue
      guard let partners = ElmTask.Partners(rawValue: word) else { throw error("partners near or any", word) }
      tasks.append(
        try ElmTask(
          name: text("name"), prompt: text("prompt"), answer: text("answer"), partners: partners,
          file: "\(path), \(place)"))
    }
    return try TaskSet(name: name, tasks: tasks, file: path)
  }
}
