internal import Files
internal import Foundation

/// The data of an installed R package: `Rdata.rdx`, which says where each object lies in `Rdata.rdb`.
///
/// An object is four bytes of length, big-endian, and a zlib stream; the index is a gzip file. Source: R's `lazyload.R` and
/// `serialize.c`.
struct RDatabase {
  let path: String
  private let file: FileReader
  private let index: RObject

  /// - Parameter folder: the package's folder `data`.
  init(folder: String) throws(FileError) {
    path = "\(folder)/Rdata.rdb"
    file = try FileReader(path: path)
    let indexPath = "\(folder)/Rdata.rdx"
    let packed = try FileReader(path: indexPath)
    let bytes = try packed.bytes(at: 0, count: packed.count)
    index = try RReader.value(try Compressed.gzip(bytes, path: indexPath), path: indexPath)
  }

  /// The object of this name.
  func object(_ name: String) throws(FileError) -> RObject {
    guard let place = index["variables"]?[name]?.integers, place.count == 2, place[0] >= 0, place[1] > 4,
      Int(place[0]) + Int(place[1]) <= file.count
    else {
      throw .entry(path: path, place: name, expected: "an object of this name", actual: "none")
    }
    let bytes = try file.bytes(at: Int(place[0]), count: Int(place[1]))
    let count = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
    guard count <= Compressed.longest else {
      throw .malformed(
        path: path, offset: Int(place[0]), what: name, expected: "at most 1 GiB", actual: "\(count) bytes")
    }
    return try RReader.value(
      try Compressed.zlib(bytes, in: 4..<bytes.count, count: count, path: "\(path), \(name)"),
      path: "\(path), \(name)")
  }
}
