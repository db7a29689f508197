internal import Files

/// What is wrong with a study, gathered before it is told.
struct StudyFaults {
  private(set) var all: [any Error] = []

  init(_ faults: [any Error] = []) { all = faults }

  var isEmpty: Bool { all.isEmpty }

  mutating func add(_ fault: any Error) { all.append(fault) }

  /// The value of `body`; nil where it throws, which is a fault more.
  mutating func collect<Value>(_ body: () throws -> Value) -> Value? {
    do { return try body() } catch {
      all.append(error)
      return nil
    }
  }

  /// Throws the only fault, or all in one error.
  /// - Parameter path: of the study's file.
  func check(_ path: String) throws {
    guard let first = all.first else { return }
    if all.count == 1 { throw first }
    throw StudyError.faults(all, path: path)
  }
}

extension StudyError {
  /// Several faults of one study. What is wrong with words and names goes before what is wrong with files.
  static func faults(_ errors: [any Error], path: String) -> StudyError {
    var words: [String] = []
    for error in errors {
      let line = "\(error)"
      let short = line.hasPrefix("\(path): ") ? String(line.dropFirst(path.count + 2)) : line
      if !words.contains(short) { words.append(short) }
    }
    let kinds = errors.compactMap { ($0 as? any Failure)?.kind }
    return .several(path: path, faults: words, kind: kinds.contains(.usage) ? .usage : kinds.first ?? .usage)
  }
}
