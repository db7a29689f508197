import Files
import Foundation

/// A block of text behind the HDF5 content, with the SHA-256 of all that the library parses.
///
/// The library trusts some of what it reads, and a damaged file can take the process down. So a file's structure and text
/// are hashed before the library sees them; the matrices, which are not parsed, are skipped, and opening stays cheap. Other
/// readers ignore the block. A file without one is opened only on request, and `verify` rejects it. The seal finds damage,
/// not malice: anyone can write one.
package enum Seal {
  /// What a file says of itself before the library has read any of it.
  enum Version: String, CaseIterable {
    /// Text may be of variable length, in the library's heaps.
    case heaps = "sextant-seal 1"
    /// No text of variable length.
    case plain = "sextant-seal 2"
  }

  package static let byteCount = 1024
  private static let extentLimit = 16

  /// Appends the seal to a finished file; `matrices` are the runs of bytes that it leaves out.
  static func append(to file: borrowing AtomicFile, leavingOut matrices: [Extent]) throws(OutputError) {
    let seal = try seal(ofBytes: file.count, leavingOut: matrices) { (extent) throws(OutputError) in
      try file.bytes(at: extent.offset, count: extent.count)
    }
    try file.append(seal.utf8)
  }

  /// The same for a file that is read by `bytes`.
  static func seal(
    ofBytes count: Int, leavingOut matrices: [Extent], _ bytes: (Extent) throws(OutputError) -> [UInt8]
  ) throws(OutputError) -> String {
    let skipped = Array(merge(matrices).sorted { $0.count > $1.count }.prefix(extentLimit))
      .sorted { $0.offset < $1.offset }
    var digest = ContentDigest()
    for extent in covered(upTo: count, leavingOut: skipped) { digest.update(try bytes(extent)) }
    return text(.plain, hash: digest.finalized(), skipped: skipped)
  }

  /// The bytes of a sealed file with a seal that fits them, whatever was changed: what anyone can do, for tests.
  package static func renewed(_ bytes: [UInt8]) -> [UInt8]? {
    let start = bytes.count - byteCount
    guard start >= 0, let block = Block(bytes[start...], within: start) else { return nil }
    var digest = ContentDigest()
    for extent in covered(upTo: start, leavingOut: block.skipped) {
      digest.update(Array(bytes[extent.offset..<extent.end]))
    }
    return Array(bytes[..<start])
      + Array(text(block.version, hash: digest.finalized(), skipped: block.skipped).utf8)
  }

  /// The version of a file's seal; nil for a file without one.
  /// - Throws: `StoreError.corrupt` when the seal does not fit the bytes before it.
  static func check(_ file: FileReader) throws(StoreError) -> Version? {
    let start = file.count - byteCount
    guard start >= 0 else { return nil }
    let bytes = try file.storeBytes(at: start, count: byteCount)
    guard Version.allCases.contains(where: { bytes.starts(with: ($0.rawValue + "\n").utf8) }) else {
      return nil
    }
    guard let block = Block(bytes[...], within: start) else {
      throw Place(path: file.path, element: "seal")
        .malformed("text", expected: "title, sha256, skip", actual: "something else")
    }
    var digest = ContentDigest()
    for extent in covered(upTo: start, leavingOut: block.skipped) {
      digest.update(try file.storeBytes(at: extent.offset, count: extent.count))
    }
    let actual = digest.finalized()
    guard actual == block.hash else {
      throw .corrupt(path: file.path, element: "structure", expectedSHA256: block.hash, actualSHA256: actual)
    }
    return block.version
  }

  /// A seal, taken apart.
  private struct Block {
    let version: Version
    let hash: String
    let skipped: [Extent]

    init?(_ bytes: ArraySlice<UInt8>, within limit: Int) {
      let block = String(decoding: bytes, as: UTF8.self)
      let words = block.split { $0 == "\n" || $0 == " " }
      guard words.count >= 5, let version = Version(rawValue: "\(words[0]) \(words[1])"),
        let skipped = extents(words.dropFirst(5), within: limit),
        block == text(version, hash: String(words[3]), skipped: skipped)
      else { return nil }
      (self.version, hash, self.skipped) = (version, String(words[3]), skipped)
    }
  }

  private static func text(_ version: Version, hash: String, skipped: [Extent]) -> String {
    let runs = skipped.map { " \($0.offset)+\($0.count)" }.joined()
    return "\(version.rawValue)\nsha256 \(hash)\nskip\(runs)\n"
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
  static func merge(_ extents: [Extent]) -> [Extent] {
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

  /// What the seal covers, in pieces of at most 1 MiB.
  static func covered(upTo end: Int, leavingOut skipped: [Extent]) -> [Extent] {
    var pieces: [Extent] = []
    var position = 0
    for extent in skipped + [Extent(offset: end, count: 0)] {
      while position < extent.offset {
        let count = min(1 << 20, extent.offset - position)
        pieces.append(Extent(offset: position, count: count))
        position += count
      }
      position = max(position, extent.end)
    }
    return pieces
  }
}
