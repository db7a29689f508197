/// A ZIP archive: NumPy's `.npz`, Python's wheels. Members are stored or deflated; each is held against its CRC-32.
///
/// Archives of 4 GiB and more (ZIP64) are read too. Refused: encrypted members, other methods. Source: PKWARE's APPNOTE 6.3.
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
    var (total, size, start) = (end.number(10, 2), end.number(12, 4), end.number(16, 4))
    if total == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
      (total, size, start) = try Self.largeDirectory(before: tailStart + place, in: file, fault)
    }
    let limit = tailStart + place
    guard total >= 0, size >= 0, start >= 0, start <= limit, size <= limit - start else {
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
      // Those that need eight bytes stand in an extra field, in this order.
      var sizes = [24, 20, 42].map { directory.number(position + $0, 4) }
      if sizes.contains(0xFFFF_FFFF) {
        let extra = position + 46 + nameCount..<position + 46 + nameCount + directory.number(position + 30, 2)
        try directory.replaceLarge(&sizes, in: extra) {
          fault(start + position, name, "sizes of ZIP64", "none")
        }
      }
      members.append(
        Member(
          name: name, count: sizes[0], method: directory.number(position + 10, 2),
          checksum: UInt32(directory.number(position + 16, 4)), compressedCount: sizes[1], offset: sizes[2]))
      position = next
    }
    self.members = members
  }

  /// Members, bytes and place of the directory of an archive whose end says that they need eight bytes.
  private static func largeDirectory(
    before end: Int, in file: FileReader, _ fault: ZipFault
  ) throws(FileError) -> (Int, Int, Int) {
    guard end >= 20 else { throw fault(end, "directory", "a locator of ZIP64", "none") }
    let locator = LittleEndian(try file.bytes(at: end - 20, count: 20))
    let place = locator.number(8, 8)
    guard locator.number(0, 4) == 0x0706_4B50, place >= 0, place <= file.count - 56 else {
      throw fault(end - 20, "directory", "a locator of ZIP64", "other bytes")
    }
    let record = LittleEndian(try file.bytes(at: place, count: 56))
    guard record.number(0, 4) == 0x0606_4B50 else {
      throw fault(place, "directory", "an end of ZIP64", "other bytes")
    }
    return (record.number(32, 8), record.number(40, 8), record.number(48, 8))
  }

  /// Where a member's content lies in the file, of one that is stored as it is. Its CRC-32 is not looked at.
  package func storedBytes(of member: Member) throws(FileError) -> Range<Int> {
    let fault = ZipFault(path: path)
    guard member.method == 0, member.count == member.compressedCount else {
      throw fault(member.offset, member.name, "a member that is stored", "method \(member.method)")
    }
    guard member.offset <= file.count - 30 else {
      throw fault(member.offset, member.name, "a member inside the file", "its end")
    }
    let header = LittleEndian(try file.bytes(at: member.offset, count: 30))
    let start = member.offset + 30 + header.number(26, 2) + header.number(28, 2)
    guard header.number(0, 4) == 0x0403_4B50, start <= file.count, member.count <= file.count - start else {
      throw fault(member.offset, member.name, "a member inside the file", "its end, or other bytes")
    }
    return start..<start + member.count
  }

  /// The content of a member.
  /// - Precondition: one of this archive's.
  package func contents(of member: Member) throws(FileError) -> [UInt8] {
    let fault = ZipFault(path: path)
    guard member.offset <= file.count - 30, member.count <= Compressed.longest else {
      throw fault(
        member.offset, member.name, "a member inside the file, of at most 1 GiB", "\(member.count) bytes")
    }
    let header = LittleEndian(try file.bytes(at: member.offset, count: 30))
    let start = member.offset + 30 + header.number(26, 2) + header.number(28, 2)
    guard header.number(0, 4) == 0x0403_4B50, start <= file.count,
      member.compressedCount <= file.count - start
    else {
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

/// Little-endian numbers of two, four or eight bytes; those of eight may come out below zero.
private struct LittleEndian {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func number(_ offset: Int, _ count: Int) -> Int {
    bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// Takes eight bytes for each size that is `0xFFFFFFFF` from the extra field of ZIP64.
  func replaceLarge(
    _ sizes: inout [Int], in extra: Range<Int>, _ fault: () -> FileError
  ) throws(FileError) {
    var place = extra.lowerBound
    while extra.upperBound - place >= 4, number(place, 2) != 1 { place += 4 + number(place + 2, 2) }
    guard extra.upperBound - place >= 4 else { throw fault() }
    let end = place + 4 + number(place + 2, 2)
    place += 4
    for index in sizes.indices where sizes[index] == 0xFFFF_FFFF {
      guard end <= extra.upperBound, place + 8 <= end, number(place, 8) >= 0 else { throw fault() }
      sizes[index] = number(place, 8)
      place += 8
    }
  }
}

private struct ZipFault {
  let path: String

  func callAsFunction(_ offset: Int, _ what: String, _ expected: String, _ actual: String) -> FileError {
    .malformed(path: path, offset: offset, what: what, expected: expected, actual: actual)
  }
}
