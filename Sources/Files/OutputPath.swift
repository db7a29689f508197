import Foundation

/// What lies where output is to go.
public enum OutputPath {
  /// A place for output, links followed.
  struct Target {
    /// The end of the links.
    let path: String
    /// A device, a FIFO or a socket: written in place, since a file of that name must not take its place.
    let isSpecial: Bool
    /// Rights of the file that is there.
    let mode: mode_t?
  }

  /// Makes sure, before any work is done, that a file can be written here.
  /// - Throws: `OutputError.noFolder` where its folder is missing, `.failed` for a folder or a place without rights.
  public static func check(_ path: String) throws(OutputError) {
    let target = try target(of: path)
    guard !target.isSpecial else { return }
    let folder = folder(of: target.path)
    guard isFolder(folder) else { throw .noFolder(path: path, folder: folder) }
    guard unsafe access(folder, W_OK) == 0 else { throw .system(folder, "write into the folder") }
  }

  /// Makes sure, before any work is done, that a folder is there and can be written into, or can be made.
  public static func checkFolder(_ path: String) throws(OutputError) {
    var there = path
    while unsafe access(there, F_OK) != 0 && there != "." && there != "/" { there = folder(of: there) }
    guard isFolder(there) else {
      throw .failed(path: path, operation: "make the folder", reason: "\(there) is a file")
    }
    guard unsafe access(there, W_OK) == 0 else { throw .system(there, "write into the folder") }
  }

  /// Follows links to what they lead to; a link into nothing leads to the file that is not there yet.
  static func target(of path: String) throws(OutputError) -> Target {
    var path = path
    for _ in 0..<40 {
      var status = stat()
      guard unsafe lstat(path, &status) == 0 else { return Target(path: path, isSpecial: false, mode: nil) }
      switch status.st_mode & S_IFMT {
      case S_IFREG: return Target(path: path, isSpecial: false, mode: status.st_mode & 0o777)
      case S_IFDIR: throw .failed(path: path, operation: "write", reason: "it is a folder")
      case S_IFLNK: path = try destination(of: path)
      default: return Target(path: path, isSpecial: true, mode: nil)
      }
    }
    throw .failed(path: path, operation: "write", reason: "too many links, one to the next")
  }

  private static func destination(of link: String) throws(OutputError) -> String {
    do {
      let destination = try FileManager.default.destinationOfSymbolicLink(atPath: link)
      return destination.hasPrefix("/") ? destination : split(link).folder + destination
    } catch {
      throw .failed(path: link, operation: "follow the link", reason: error.localizedDescription)
    }
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The folder of a file; `.` for a plain name.
  static func folder(of path: String) -> String {
    let folder = split(path).folder
    return folder.isEmpty ? "." : folder.count > 1 ? String(folder.dropLast()) : folder
  }

  /// The folder with its slash, and the name.
  static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[...slash]), String(path[path.index(after: slash)...]))
  }
}
