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
    let found = try forecast(fingerprint, files: files)
    progress(fingerprint.step, found.fate)
    if let result = found.result, let seconds = found.seconds { return (result, seconds) }
    let start = ContinuousClock.now
    let result = try compute()
    let seconds = Double((ContinuousClock.now - start) / .seconds(1))
    try keep(Stored(seconds: seconds, result: result), in: file(of: fingerprint), fingerprint)
    return (result, seconds)
  }

  /// What becomes of a step when it is asked for: its result where one is kept, and the seconds that it took when it was last
  /// done, for the same fingerprint or for another.
  package func forecast<Result: Codable>(
    _ fingerprint: Fingerprint, files: (Result) -> [String] = { _ in [] }
  ) throws -> (fate: Fate, result: Result?, seconds: Double?) {
    let file = file(of: fingerprint)
    switch try Self.kept(Result.self, in: file, fingerprint) {
    case .step(let stored):
      return files(stored.result).allSatisfy(FileManager.default.fileExists(atPath:))
        ? (.reused, stored.result, stored.seconds) : (.done(changes: []), nil, stored.seconds)
    case .damaged(let reason): return (.damaged("\(file): \(reason)"), nil, nil)
    case .other(let old, let seconds): return (.done(changes: fingerprint.changes(since: old)), nil, seconds)
    case .none: return (.done(changes: []), nil, nil)
    }
  }

  private func file(of fingerprint: Fingerprint) -> String {
    folder.appending(path: fingerprint.step + ".json").path
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

  /// What is read of a result that is of another kind, maybe.
  private struct Timing: Decodable {
    let seconds: Double
  }

  private enum Kept<Result: Codable> {
    case step(Stored<Result>)
    /// It was done, for something else.
    case other(Fingerprint, seconds: Double?)
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
    guard header.fingerprint == fingerprint else {
      let timing = lines.count == 2 ? try? JSONDecoder().decode(Timing.self, from: lines[1]) : nil
      return .other(header.fingerprint, seconds: timing?.seconds)
    }
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
