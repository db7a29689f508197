internal import Files
package import Foundation

/// Results of finished steps on disk, so that a run that was killed goes on where it was.
///
/// A step's file is a line that describes it (the ``Fingerprint`` of all that the step depends on, and the SHA-256 of the
/// result) and a line with the result, both JSON. Another fingerprint means that the step is done again; a result that
/// does not have its hash is done again as well, with a word. Files appear by an atomic rename, so a killed run leaves no
/// half of one.
package struct StepCache {
  package let folder: URL
  /// Called with the step's name and what becomes of it.
  package let progress: @Sendable (String, Fate) -> Void

  /// What becomes of a step.
  package enum Fate: Sendable, Equatable {
    /// An earlier run's result is taken.
    case reused
    /// It is done now; what changed since it was last done, where it was.
    case done(changes: [String])
    /// It is done now, since the kept result cannot be used.
    case damaged(String)
  }

  package init(folder: URL, progress: @escaping @Sendable (String, Fate) -> Void) {
    self.folder = folder
    self.progress = progress
  }

  /// The result of `compute`, or the one that an earlier run stored for the same fingerprint.
  ///
  /// - Parameter files: the files that the step has left; where one is missing, the step is done again.
  package func step<Result: Codable>(
    _ fingerprint: Fingerprint, files: (Result) -> [String] = { _ in [] }, _ compute: () throws -> Result
  ) throws -> (result: Result, seconds: Double) {
    let name = fingerprint.step
    let file = folder.appending(path: name + ".json").path
    switch try Self.kept(Result.self, in: file, fingerprint) {
    case .step(let stored) where files(stored.result).allSatisfy(FileManager.default.fileExists(atPath:)):
      progress(name, .reused)
      return (stored.result, stored.seconds)
    case .damaged(let reason): progress(name, .damaged("\(file): \(reason)"))
    case .other(let old): progress(name, .done(changes: fingerprint.changes(since: old)))
    case .step, .none: progress(name, .done(changes: []))
    }
    let start = ContinuousClock.now
    let result = try compute()
    let seconds = Double((ContinuousClock.now - start) / .seconds(1))
    try keep(Stored(seconds: seconds, result: result), in: file, fingerprint)
    return (result, seconds)
  }

  /// What an earlier run left of a step.
  package struct Earlier: Sendable, Equatable {
    /// Whether it is the same step, so that its result will be taken.
    package let isKept: Bool
    package let seconds: Double
  }

  /// The result that an earlier run stored for the same fingerprint; nil where there is none that can be used.
  package func kept<Result: Codable>(_ fingerprint: Fingerprint) throws -> Result? {
    let file = folder.appending(path: fingerprint.step + ".json").path
    guard case .step(let stored) = try Self.kept(Result.self, in: file, fingerprint) else { return nil }
    return stored.result
  }

  /// What is there of a step, read and checked like a result that is to be taken; nil for nothing that can be used.
  ///
  /// - Parameter files: the files that the step has left, of which none may be missing.
  package func earlier<Result: Codable>(
    _ fingerprint: Fingerprint, files: (Result) -> [String]
  ) throws -> Earlier? {
    let file = folder.appending(path: fingerprint.step + ".json").path
    if case .step(let stored) = try Self.kept(Result.self, in: file, fingerprint) {
      let isWhole = files(stored.result).allSatisfy(FileManager.default.fileExists(atPath:))
      return Earlier(isKept: isWhole, seconds: stored.seconds)
    }
    return try seconds(of: fingerprint.step).map { Earlier(isKept: false, seconds: $0) }
  }

  /// The same of a step that has left no files.
  package func earlier(_ fingerprint: Fingerprint) throws -> Earlier? {
    try earlier(fingerprint) { (_: Unread) in [] }
  }

  /// The seconds that a step of this name took, whatever it depended on; nil where none was kept.
  package func seconds(of step: String) throws -> Double? {
    guard let bytes = try FileReader.kept(folder.appending(path: step + ".json").path),
      let body = Data(bytes).split(separator: UInt8(ascii: "\n"), maxSplits: 1).last
    else { return nil }
    return (try? JSONDecoder().decode(Stored<Unread>.self, from: body))?.seconds
  }

  /// A result of any type, which is not looked at.
  private struct Unread: Codable {
    init(from decoder: any Decoder) {}
    func encode(to encoder: any Encoder) {}
  }

  private struct Header: Codable {
    let format: String
    let fingerprint: Fingerprint
    let sha256: String
  }

  private struct Stored<Result: Codable>: Codable {
    let seconds: Double
    let result: Result
  }

  private enum Kept<Result: Codable> {
    case step(Stored<Result>)
    /// It was done, for something else.
    case other(Fingerprint)
    case damaged(String)
    case none
  }

  private static let format = "sextant-step 3"

  private static func kept<Result: Codable>(
    _: Result.Type, in file: String, _ fingerprint: Fingerprint
  ) throws -> Kept<Result> {
    guard let bytes = try FileReader.kept(file) else { return .none }
    let lines = Data(bytes).split(separator: UInt8(ascii: "\n"), maxSplits: 1)
    guard let first = lines.first, let header = try? JSONDecoder().decode(Header.self, from: first),
      header.format == format
    else { return .damaged("not a step of this version; it is done again") }
    guard header.fingerprint == fingerprint else { return .other(header.fingerprint) }
    guard lines.count == 2, sha256Hex(of: Array(lines[1])) == header.sha256,
      let stored = try? JSONDecoder().decode(Stored<Result>.self, from: lines[1])
    else { return .damaged("the kept result is not as it was written; it is done again") }
    return .step(stored)
  }

  private func keep<Result>(
    _ stored: Stored<Result>, in file: String, _ fingerprint: Fingerprint
  ) throws {
    let body = try JSONEncoder().encode(stored)
    let header = Header(format: Self.format, fingerprint: fingerprint, sha256: sha256Hex(of: Array(body)))
    try OutputFile.makeFolder(URL(filePath: file).deletingLastPathComponent().path)
    try OutputFile.write(try JSONEncoder().encode(header) + Data("\n".utf8) + body, to: file)
  }
}
