public import Files
internal import Foundation
internal import Stores

/// What runs have left to be faster the next time, and make anew where it is gone: neighbour graphs beside the stores of a models
/// folder, finished blocks of jobs that were killed, and the steps of studies in a folder of reports.
///
/// Stores, maps, vectors and reports are none of it.
public struct KeptFiles: Sendable {
  /// A file or a folder that may go.
  public struct Entry: Sendable, Equatable {
    public let path: String
    /// In words.
    public let what: String
    public let bytes: Int
  }

  /// By path.
  public let entries: [Entry]
  /// Files that are called like graphs and cannot be read as such; they are left alone.
  public let unclear: [String]

  /// Looks through both folders; nothing is removed. Cost: opens every file that is called like a graph.
  public init(models: String, reports: String) {
    var entries: [Entry] = []
    var unclear: [String] = []
    for name in Self.names(in: models) where name.wholeMatch(of: /.+\.knn[0-9]+-[0-9a-f]{8}\.h5/) != nil {
      let path = "\(models)/\(name)"
      if (try? NeighbourStore.open(path)) == nil {
        unclear.append(path)
      } else {
        entries.append(Entry(path: path, what: "a neighbour graph", bytes: Self.size(of: path)))
      }
    }
    if let blocks = Self.folder("\(models)/.blocks", "finished blocks of a job") { entries.append(blocks) }
    entries += Self.names(in: reports).compactMap { name in
      Self.folder("\(reports)/\(name)/.steps", "the steps of a study")
    }
    (self.entries, self.unclear) = (entries.sorted { $0.path < $1.path }, unclear.sorted())
  }

  /// The size of all.
  public var bytes: Int { entries.reduce(0) { $0 + $1.bytes } }

  /// Removes every entry.
  /// - Throws: `OutputError.failed` for the first that cannot be removed; those before are gone.
  public func remove() throws(OutputError) {
    for entry in entries {
      do {
        try FileManager.default.removeItem(atPath: entry.path)
      } catch {
        throw .failed(path: entry.path, operation: "remove", reason: error.localizedDescription)
      }
    }
  }

  private static func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// The folder at a path with the size of its files; nil for a link, which leads to somebody else's, and where there is none.
  private static func folder(_ path: String, _ what: String) -> Entry? {
    let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    guard type == .typeDirectory else { return nil }
    let files = FileManager.default.subpaths(atPath: path) ?? []
    return Entry(
      path: path, what: what, bytes: files.reduce(0) { $0 + size(of: "\(path)/\($1)") })
  }

  private static func size(of path: String) -> Int {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
      attributes[.type] as? FileAttributeType == .typeRegular
    else { return 0 }
    return (attributes[.size] as? NSNumber)?.intValue ?? 0
  }
}
