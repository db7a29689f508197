/// A ZIP archive: NumPy's `.npz`, Python's wheels. Members are stored or deflated; each is held against its CRC-32.
///
/// Refused: encrypted members, other methods, and archives of 4 GiB or more (ZIP64). Source: PKWARE's APPNOTE 6.3.
package struct ZipArchive {
  /// A file of the archive.
  package struct Member: Sendable, Equatable {
    package let name: String
    /// Bytes of content.
    package let count: Int
    let method: Int
    let checksum: UInt32
    let compressedCount: Int
    /// Where its local header begins.
    let offset: Int
  }

  package let path: String
  /// In the order of the archive's directory.
  package let members: [Member]
  private let file: FileReader

  /// Reads the directory.
  package init(path: String) throws(FileError) {
    self.path = path
    file = try FileReader(path: path)
    let fault = ZipFault(path: path)
    let tailStart = max(0, file.count - 65_557)
    let tail = try file.bytes(at: tailStart, count: file.count - tailStart)
    guard
      let place = tail.indices.dropLast(21).last(where: { tail[$0...].starts(with: [0x50, 0x4B, 5, 6]) })
    else {
      throw fault(0, "end", "the directory of a ZIP archive", "none: the file was cut short, or is none")
    }
    let end = LittleEndian(Array(tail[place...]))
    let (total, size, start) = (end.number(10, 2), end.number(12, 4), end.number(16, 4))
    guard total != 0xFFFF, size != 0xFFFF_FFFF, start != 0xFFFF_FFFF else {
      throw fault(tailStart + place, "size", "an archive below 4 GiB with fewer than 65535 members", "ZIP64")
    }
    guard start + size <= tailStart + place else {
      throw fault(
        tailStart + place, "directory", "one before byte \(tailStart + place)", "\(start) + \(size)")
    }
    let directory = LittleEndian(try file.bytes(at: start, count: size))
    var members: [Member] = []
    var position = 0
    for _ in 0..<total {
      guard position + 46 <= size, directory.number(position, 4) == 0x0201_4B50 else {
        throw fault(start + position, "directory", "\(total) members", "\(members.count)")
      }
      let nameCount = directory.number(position + 28, 2)
      let next =
        position + 46 + nameCount + directory.number(position + 30, 2) + directory.number(position + 32, 2)
      guard next <= size,
        let name = String(
          validating: directory.bytes[position + 46..<position + 46 + nameCount], as: UTF8.self)
      else { throw fault(start + position, "name of a member", "UTF-8 inside the directory", "other bytes") }
      guard directory.number(position + 8, 2) & 1 == 0 else {
        throw fault(start + position, name, "a member that is not encrypted", "an encrypted one")
      }
      members.append(
        Member(
          name: name, count: directory.number(position + 24, 4), method: directory.number(position + 10, 2),
          checksum: UInt32(directory.number(position + 16, 4)),
          compressedCount: directory.number(position + 20, 4), offset: directory.number(position + 42, 4)))
      position = next
    }
    self.members = members
  }

  /// The content of a member.
  /// - Precondition: one of this archive's.
  package func contents(of member: Member) throws(FileError) -> [UInt8] {
    let fault = ZipFault(path: path)
    guard member.offset + 30 <= file.count, member.count <= Compressed.longest else {
      throw fault(
        member.offset, member.name, "a member inside the file, of at most 1 GiB", "\(member.count) bytes")
    }
    let header = LittleEndian(try file.bytes(at: member.offset, count: 30))
    let start = member.offset + 30 + header.number(26, 2) + header.number(28, 2)
    guard header.number(0, 4) == 0x0403_4B50, start + member.compressedCount <= file.count else {
      throw fault(member.offset, member.name, "a member inside the file", "its end, or other bytes")
    }
    let packed = try file.bytes(at: start, count: member.compressedCount)
    let content: [UInt8]
    switch member.method {
    case 0: content = packed
    case 8:
      content = try Compressed.inflate(packed, .none, limit: member.count, path, base: start)
    default:
      throw fault(
        member.offset, member.name, "a member that is stored or deflated", "method \(member.method)")
    }
    guard content.count == member.count, Compressed.crc32(content) == member.checksum else {
      throw fault(
        start, member.name, "\(member.count) bytes of CRC-32 \(member.checksum)",
        "\(content.count) bytes of \(Compressed.crc32(content)): the archive is damaged")
    }
    return content
  }
}

/// Little-endian numbers of two or four bytes.
private struct LittleEndian {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func number(_ offset: Int, _ count: Int) -> Int {
    bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}

private struct ZipFault {
  let path: String

  func callAsFunction(_ offset: Int, _ what: String, _ expected: String, _ actual: String) -> FileError {
    .malformed(path: path, offset: offset, what: what, expected: expected, actual: actual)
  }
}
