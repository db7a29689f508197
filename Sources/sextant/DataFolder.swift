import Foundation
import Synchronization

/// Where models and maps are kept when no option says so: in the current folder where it has a folder `models`, as a clone of the
/// project has; elsewhere in one folder of the user's, which every folder shares, if that is there, as an installation makes it.
package struct DataFolder: Sendable {
  /// `.` for the current folder.
  let path: String

  /// - Parameters:
  ///   - hasModels: whether the current folder has a folder `models`.
  ///   - home: the user's own folder.
  ///   - exists: whether a folder is there.
  package init(hasModels: Bool, environment: [String: String], home: String, exists: (String) -> Bool) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    // Relative paths count as not set, says the XDG Base Directory Specification.
    let shared = value("XDG_DATA_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.local/share"
    let own = shared + "/sextant"
    path = hasModels ? "." : value("SEXTANT_HOME") ?? (exists(own) ? own : ".")
  }

  static let current = DataFolder(
    hasModels: FileManager.default.fileExists(atPath: "models"),
    environment: ProcessInfo.processInfo.environment, home: NSHomeDirectory(),
    exists: { FileManager.default.fileExists(atPath: $0) })

  package var models: String { folder("models") }
  package var alignments: String { folder("alignments") }

  /// A file as it is from the current folder or, where nothing is there, from this one: `models/NAME.h5`, `alignments/NAME.h5`.
  package func found(_ file: String) -> String {
    let files = FileManager.default
    guard path != ".", !file.hasPrefix("/"), !files.fileExists(atPath: file) else { return file }
    return files.fileExists(atPath: "\(path)/\(file)") ? "\(path)/\(file)" : file
  }

  private func folder(_ name: String) -> String { path == "." ? name : "\(path)/\(name)" }

  /// The rule in words, for the help of an option.
  static func rule(_ name: String) -> String {
    "\(name) in the current folder where that has a folder models, else in $SEXTANT_HOME, or in ~/.local/share/sextant where that is there"
  }

  /// Says once which folder it is, unless it is the current one.
  func say(_ console: Console) {
    guard path != ".", !Self.isSaid.exchange(true, ordering: .relaxed) else { return }
    console.note("models and maps are in \(path) where no option says otherwise")
  }

  private static let isSaid = Atomic(false)
}
