import Checkpoints
import Files

/// The superblock of a file: version 3, at its beginning, where the tree of groups and datasets is rooted.
///
/// Before version 3 the library may be shown headers without checksums. An extension may hold an image of the library's cache,
/// which it takes for the blocks of the file that are checked here, or a table of shared messages.
struct Superblock {
  /// Of the root group's object header.
  let rootAddress: UInt64

  init(_ file: FileReader) throws(StoreError) {
    let place = Place(path: file.path, element: "/")
    var fields = try FieldReader(file, at: 0, count: 48, of: "superblock", place: place)
    guard try fields.take(8).elementsEqual(FileKind.hdf5Signature) else {
      throw place.malformed("superblock", expected: "at the file's beginning", actual: "none")
    }
    let version = try fields.number(1)
    guard version == 3 else { throw place.refused("a superblock of version \(version)") }
    let (addressBytes, sizeBytes) = (try fields.number(1), try fields.number(1))
    try fields.skip(1)  // whether it is open for writing
    let base = try fields.number(8)
    guard addressBytes == 8, sizeBytes == 8, base == 0 else {
      throw place.malformed(
        "addresses", expected: "8 bytes, sizes of 8, from 0",
        actual: "\(addressBytes) bytes, sizes of \(sizeBytes), from \(base)")
    }
    guard try fields.number(8) == FieldReader.undefinedAddress else {
      throw place.refused("a superblock extension")
    }
    try fields.skip(8)  // the end of the file
    rootAddress = try fields.number(8)
  }
}
