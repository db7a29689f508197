internal import Crypto
package import Foundation

/// Results of finished steps on disk, so that a run that was killed goes on where it was.
///
/// A step's file carries the fingerprint of all that the step depends on; another fingerprint means that the
/// step is done again. Files appear by an atomic rename, so a killed run leaves no half of one.
package struct StepCache {
  package let folder: URL
  /// Called with the step's name and whether it is reused.
  package let progress: @Sendable (String, Bool) -> Void

  package init(folder: URL, progress: @escaping @Sendable (String, Bool) -> Void) {
    self.folder = folder
    self.progress = progress
  }

  /// The result of `compute`, or the one that an earlier run stored for the same inputs.
  ///
  /// - Parameters:
  ///   - inputs: everything that the result depends on: hashes of files, options, the step's version.
  ///   - files: the files that the step has left; where one is missing, the step is done again.
  package func step<Result: Codable>(
    _ name: String, inputs: [String], files: (Result) -> [String] = { _ in [] },
    _ compute: () throws -> Result
  ) throws -> (result: Result, seconds: Double) {
    let fingerprint = SHA256.hash(data: Data(([toolVersion, name] + inputs).joined(separator: "\u{0}").utf8))
      .map { String(format: "%02x", $0) }.joined()
    let file = folder.appending(path: name.replacing("/", with: "_") + ".json")
    if let data = try? Data(contentsOf: file),
      let stored = try? JSONDecoder().decode(Stored<Result>.self, from: data),
      stored.fingerprint == fingerprint,
      files(stored.result).allSatisfy(FileManager.default.fileExists(atPath:))
    {
      progress(name, true)
      return (stored.result, stored.seconds)
    }
    progress(name, false)
    let start = ContinuousClock.now
    let result = try compute()
    let seconds = Double((ContinuousClock.now - start) / .seconds(1))
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let stored = Stored(fingerprint: fingerprint, seconds: seconds, result: result)
      try JSONEncoder().encode(stored).write(to: file, options: .atomic)
    } catch {
      throw StudyError.folder(path: file.path, reason: "the step's result cannot be written: \(error)")
    }
    return (result, seconds)
  }

  private struct Stored<Result: Codable>: Codable {
    let fingerprint: String
    let seconds: Double
    let result: Result
  }
}

/// The version of the tool that files and reports carry.
public let toolVersion = "0.1.0"
