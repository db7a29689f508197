import Crypto
import Foundation
import Tensors

/// A block of text behind the HDF5 content, with the SHA-256 of all that the library parses.
///
/// The library trusts some of what it reads (its heap of strings carries no checksum), and a damaged file can
/// take the process down. So a file's structure and strings are hashed before the library sees them; the
/// matrices, which are not parsed, are skipped, and opening stays cheap. Other readers ignore the block.
/// A file without one is opened only on request, and `verify` rejects it. The seal finds damage, not malice:
/// anyone can write one.
enum Seal {
  static let byteCount = 1024
  private static let title = "sextant-seal 1"
  private static let extentLimit = 16

  /// Appends the seal to a finished file; `matrices` are the runs of bytes that it leaves out.
  static func append(to path: String, leavingOut matrices: [Extent]) throws(StoreError) {
    let file = try tensorErrors { () throws(TensorError) in try MappedFile(path: path) }
    let skipped = Array(merge(matrices).sorted { $0.count > $1.count }.prefix(extentLimit))
      .sorted { $0.offset < $1.offset }
    let hash = digest(of: file, upTo: file.count, leavingOut: skipped)
    let block = text(hash: hash, skipped: skipped)
    do {
      guard let handle = FileHandle(forWritingAtPath: path) else {
        throw StoreError.file(path: path, operation: "open", reason: "not writable")
      }
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(block.utf8))
      try handle.close()
    } catch let error as StoreError {
      throw error
    } catch {
      throw .file(path: path, operation: "append the seal", reason: error.localizedDescription)
    }
  }

  /// Whether a file has a seal.
  /// - Throws: `StoreError.corrupt` when the seal does not fit the bytes before it.
  static func check(_ file: MappedFile) throws(StoreError) -> Bool {
    let start = file.count - byteCount
    guard start >= 0, let bytes = file.bytes(at: start, count: byteCount) else { return false }
    let block = String(decoding: bytes, as: UTF8.self)
    guard block.hasPrefix(title + "\n") else { return false }
    let words = block.split { $0 == "\n" || $0 == " " }
    guard words.count >= 5, let skipped = extents(words.dropFirst(5), within: start),
      block == text(hash: String(words[3]), skipped: skipped)
    else {
      throw Place(path: file.path, element: "seal")
        .malformed("text", expected: "title, sha256, skip", actual: "something else")
    }
    let actual = digest(of: file, upTo: start, leavingOut: skipped)
    guard actual == words[3] else {
      throw .corrupt(
        path: file.path, element: "structure", expectedSHA256: String(words[3]), actualSHA256: actual)
    }
    return true
  }

  private static func text(hash: String, skipped: [Extent]) -> String {
    let runs = skipped.map { " \($0.offset)+\($0.count)" }.joined()
    return "\(title)\nsha256 \(hash)\nskip\(runs)\n"
      .padding(toLength: byteCount - 1, withPad: " ", startingAt: 0) + "\n"
  }

  private static func extents(_ words: ArraySlice<Substring>, within limit: Int) -> [Extent]? {
    var extents: [Extent] = []
    for word in words {
      let numbers = word.split(separator: "+", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.count == 2, let offset = numbers[0], let count = numbers[1],
        offset >= extents.last?.end ?? 0, offset <= limit, count >= 0, count <= limit - offset
      else { return nil }
      extents.append(Extent(offset: offset, count: count))
    }
    return extents
  }

  /// Neighbouring runs as one.
  private static func merge(_ extents: [Extent]) -> [Extent] {
    var merged: [Extent] = []
    for extent in extents.sorted(by: { $0.offset < $1.offset }) {
      if let last = merged.last, last.end == extent.offset {
        merged[merged.count - 1].count += extent.count
      } else {
        merged.append(extent)
      }
    }
    return merged
  }

  private static func digest(of file: MappedFile, upTo end: Int, leavingOut skipped: [Extent]) -> String {
    var digest = ContentDigest()
    var position = 0
    for extent in skipped + [Extent(offset: end, count: 0)] {
      while position < extent.offset {
        let count = min(1 << 20, extent.offset - position)
        digest.update(file.bytes(at: position, count: count) ?? [])
        position += count
      }
      position = extent.end
    }
    return digest.finalized()
  }
}
