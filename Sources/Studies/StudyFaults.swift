internal import Files

/// What is wrong with a study, gathered before it is told.
struct StudyFaults {
  /// Errors of files do not know where a study names the file.
  private var all: [(error: any Error, place: String?)] = []

  init(_ faults: [any Error] = []) { all = faults.map { ($0, nil) } }

  /// The value of `body`; nil where it throws, which is a fault more.
  ///
  /// - Parameter place: where the study asks for it, for an error that does not say so.
  mutating func collect<Value>(_ place: String? = nil, _ body: () throws -> Value) -> Value? {
    do { return try body() } catch {
      all.append((error, place))
      return nil
    }
  }

  var isEmpty: Bool { all.isEmpty }

  /// Adds what was gathered elsewhere.
  mutating func add(_ others: StudyFaults) { all += others.all }

  /// Throws the only fault as it is, or all in one error.
  /// - Parameter path: of the study's file.
  func check(_ path: String) throws {
    guard let first = all.first else { return }
    let error = StudyError.faults(all, path: path)
    // Two files may have one fault.
    if case .several(_, let words, _) = error, words.count == 1 { throw first.error }
    throw error
  }
}

extension StudyError {
  /// Several faults of one study, each once. The kind is that of words and names, if there is one of these.
  static func faults(_ errors: [(error: any Error, place: String?)], path: String) -> StudyError {
    var words: [String] = []
    for (error, place) in errors {
      let line = "\(error)"
      let isOfTheStudy = line.hasPrefix("\(path): ")
      let short =
        isOfTheStudy ? String(line.dropFirst(path.count + 2)) : (place.map { "\($0): " } ?? "") + line
      if !words.contains(short) { words.append(short) }
    }
    let kinds = errors.compactMap { ($0.error as? any Failure)?.kind }
    return .several(path: path, faults: words, kind: kinds.contains(.usage) ? .usage : kinds.first ?? .usage)
  }
}
