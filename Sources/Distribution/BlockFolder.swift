internal import Files
public import Foundation
internal import Synchronization

/// Finished blocks on disk, so that a job that was killed goes on where it was.
///
/// A file is `hash-block.block`: eight bytes that name the format, SHA-256 of the contents, the contents.
/// Files appear by an atomic rename; one that is damaged counts as absent and is computed again.
public final class BlockFolder: Sendable {
  public let url: URL
  /// Names the program's version: another version's blocks are not taken.
  let version: String
  /// The files of the blocks that jobs have asked for, in order.
  private let used = Mutex<[String]>([])
  private static let magic = Array("SXTBLK01".utf8)

  public init(_ url: URL, version: String) {
    (self.url, self.version) = (url, version)
  }

  /// The contents of a block; `nil` where it is not kept or damaged.
  package func read(_ hash: String, _ block: Int) -> [UInt8]? {
    let file = file(hash, block)
    used.withLock { $0.append(file.lastPathComponent) }
    guard let bytes = try? FileReader.kept(file.path) else { return nil }
    let header = Self.magic.count + SHA256.byteCount
    guard bytes.count >= header, Array(bytes[..<Self.magic.count]) == Self.magic else { return nil }
    let contents = Array(bytes[header...])
    guard SHA256.digest(of: contents.span) == Array(bytes[Self.magic.count..<header]) else { return nil }
    return contents
  }

  /// Keeps a block. A folder that cannot be written to costs only the work of the next start.
  ///
  /// - Returns: whether it is kept.
  @discardableResult
  package func write(_ contents: [UInt8], _ hash: String, _ block: Int) -> Bool {
    do {
      try OutputFile.makeFolder(url.path)
      let bytes = Self.magic + SHA256.digest(of: contents.span) + contents
      // Not through `OutputFile`: a pipe of this name would be waited for.
      let output = try AtomicFile.begin(path: file(hash, block).path)
      try output.append(bytes)
      try output.commit()
      return true
    } catch {
      return false
    }
  }

  /// How many blocks this run's jobs have asked for.
  var usedCount: Int { used.withLock { $0.count } }

  /// Removes the blocks of this run's jobs, when all of them are done; the folder too where nothing is left.
  ///
  /// - Parameter start: only of the jobs behind so many blocks.
  public func removeUsed(from start: Int = 0) {
    for name in used.withLock({ $0[start...] }) {
      try? FileManager.default.removeItem(at: url.appending(path: name))
    }
    OutputFile.removeFolderIfEmpty(url.path)
  }

  package func file(_ hash: String, _ block: Int) -> URL {
    url.appending(path: "\(hash.prefix(32))-\(block).block")
  }
}
