import Files

/// The global heaps of a file: collections of objects, among them the text of variable length of files of version 1.
///
/// Neither collections nor the references of datasets carry a checksum, and the HDF5 library follows all unchecked: a wrong
/// size or index writes past its buffers. It does so when it converts text of variable length, that of a fill value too,
/// when it opens a virtual dataset, and when it is asked for what a reference to a region means. So it is asked for none of
/// these: the text is read here.
struct GlobalHeaps {
  /// Bytes of a reference.
  static let referenceBytes = 16

  private let file: FileReader
  /// By address; each object by its index.
  private var collections: [UInt64: [UInt64: ArraySlice<UInt8>]] = [:]
  /// No two collections share bytes, nor two texts: together they take no more than the file has.
  private var collectionBytesLeft: UInt64
  private var textBytesLeft: UInt64

  init(_ file: FileReader) {
    self.file = file
    (collectionBytesLeft, textBytesLeft) = (UInt64(file.count), UInt64(file.count))
  }

  /// The text to which the next reference leads.
  /// - Parameter index: the text's place in a list, for errors.
  mutating func text(
    _ references: inout FieldReader, index: Int = 0, place: Place
  ) throws(StoreError) -> String {
    let length = try references.number(4)
    let (address, object) = (try references.number(8), try references.number(4))
    guard length > 0 else { return "" }
    guard let bytes = try objects(at: address, place: place)[object], bytes.count == length else {
      throw place.malformed(
        "text \(index)", expected: "an object of \(length) bytes in a heap",
        actual: "none: address \(address), object \(object)")
    }
    guard length <= textBytesLeft else {
      throw place.malformed(
        "text \(index)", expected: "texts of at most the file's \(file.count) bytes", actual: "more")
    }
    textBytesLeft -= length
    return try PaddedStrings.text(bytes, index: index, place: place)
  }

  /// The objects of a collection.
  private mutating func objects(
    at address: UInt64, place: Place
  ) throws(StoreError) -> [UInt64: ArraySlice<UInt8>] {
    if let known = collections[address] { return known }
    var head = try FieldReader(file, at: address, count: 16, of: "global heap", place: place)
    try head.begin("GCOL", version: 1)
    try head.skip(3)
    let byteCount = try head.number(8)
    guard byteCount >= 16, byteCount <= collectionBytesLeft else {
      throw place.malformed(
        "global heap", expected: "collections of at most the file's \(file.count) bytes",
        actual: "one more of \(byteCount)")
    }
    collectionBytesLeft -= byteCount
    var fields = try FieldReader(
      file, at: address + 16, count: byteCount - 16, of: "global heap", place: place)
    var objects: [UInt64: ArraySlice<UInt8>] = [:]
    while fields.left >= 16 {
      let index = try fields.number(2)
      try fields.skip(6)  // number of references, reserved bytes
      let size = try fields.number(8)
      // Object 0 is what is free, to the end.
      guard index > 0 else { break }
      objects[index] = try fields.take(size)
      try fields.skip(min((8 - size % 8) % 8, UInt64(fields.left)))
    }
    collections[address] = objects
    return objects
  }
}
