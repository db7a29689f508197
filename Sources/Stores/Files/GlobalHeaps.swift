import Checkpoints
import Files

/// Makes sure that the HDF5 library can read the variable-length text of a file without trusting it.
///
/// Files of version 1 keep text in the library's global heaps. Neither the heaps nor the references of datasets into them
/// carry a checksum, and the library follows both unchecked: a wrong size or index writes past its buffers. So every
/// collection of objects is walked here first, and every reference to one must name an object that it has, with that
/// object's size. (References of attributes lie in headers, whose checksums the library checks; they are found by the
/// dataspace before them.) Files of version 2 have no such text.
///
/// Cost: two passes over the file.
struct GlobalHeaps: Sendable {
  private let path: String
  /// Collections by their address; nil for bytes that only look like one, which nothing may refer to.
  private let collections: [UInt64: Collection?]

  /// - Throws: `StoreError.malformed` naming the byte in the file at which text could lead the library astray.
  init(_ file: FileReader) throws(StoreError) {
    try Self.checkAddresses(file)
    var collections: [UInt64: Collection?] = [:]
    try Self.scan(file) { bytes, index, offset throws(StoreError) in
      guard bytes[index] == 0x47, Self.word(bytes, index, 4) == 0x4C4F_4347 else { return }
      collections.updateValue(try Collection(at: offset, in: file), forKey: UInt64(offset))
    }
    (path, self.collections) = (file.path, collections)
    guard !collections.isEmpty else { return }
    let limit = UInt64(file.count)
    try Self.scan(file) { bytes, index, offset throws(StoreError) in
      // The upper bytes of an address are zero in any file that we can hold: most bytes end here.
      guard bytes[index + 7] == 0, bytes[index + 6] == 0, bytes[index + 5] == 0 else { return }
      let address = Self.word(bytes, index, 8)
      guard address < limit, collections[address] != nil, offset >= 8, offset <= file.count - 12 else {
        return
      }
      // The dataspace of a single value, then length of the text, address, index.
      let reference = try file.storeBytes(at: offset - 8, count: 20)
      guard reference.starts(with: [2, 0, 0, 0]) else { return }
      try check(reference[4...], at: "byte \(offset - 4)")
    }
  }

  /// Checks the references of a dataset: 16 bytes each, as they lie in the file.
  func check(references bytes: [UInt8]) throws(StoreError) {
    for start in stride(from: 0, to: bytes.count - 15, by: 16) {
      try check(bytes[start..<start + 16], at: "text \(start / 16)")
    }
  }

  /// Length of the text, address of the collection, index of the object: 4 + 8 + 4 bytes; all zero for no text.
  private func check(_ reference: ArraySlice<UInt8>, at position: String) throws(StoreError) {
    let bytes = Array(reference)
    let (length, address, index) =
      (Self.word(bytes.span, 0, 4), Self.word(bytes.span, 4, 8), Self.word(bytes.span, 12, 4))
    if length == 0, address == 0 { return }
    guard let entry = collections[address], let collection = entry, index <= UInt16.max,
      let size = collection.sizes[UInt16(index)], size == length
    else {
      throw Place(path: path, element: "text").malformed(
        "reference at \(position)", expected: "an object of \(length) bytes in a heap",
        actual: "address \(address), object \(index): none")
    }
  }

  /// Addresses in the file must be positions in the file, of eight bytes.
  private static func checkAddresses(_ file: FileReader) throws(StoreError) {
    let head = try file.storeBytes(at: 0, count: min(48, file.count))
    // Other files are the library's to refuse.
    guard head.count == 48, head.starts(with: FileKind.hdf5Signature) else { return }
    let (size, base) =
      switch head[8] {
      case 0: (head[13], word(head.span, 24, 8))
      case 1: (head[13], word(head.span, 28, 8))
      default: (head[9], word(head.span, 12, 8))
      }
    guard size == 8, base == 0 else {
      throw Place(path: file.path, element: "/").malformed(
        "addresses", expected: "8 bytes, from 0", actual: "\(size) bytes, from \(base)")
    }
  }

  /// One collection of heap objects.
  private struct Collection: Sendable {
    /// Bytes of each object, by its index.
    var sizes: [UInt16: UInt64] = [:]

    /// Nil for bytes that only look like one.
    init?(at offset: Int, in file: FileReader) throws(StoreError) {
      guard file.count - offset >= 4096 else { return nil }
      let head = try file.storeBytes(at: offset, count: 16)
      let count = GlobalHeaps.word(head.span, 8, 8)
      guard head[4] == 1, count >= 4096, count <= UInt64(file.count - offset) else { return nil }
      let bytes = try file.storeBytes(at: offset, count: Int(count))
      var position = 16
      while position + 16 <= bytes.count {
        let (index, size) = (
          GlobalHeaps.word(bytes.span, position, 2), GlobalHeaps.word(bytes.span, position + 8, 8)
        )
        guard size <= count else { return nil }
        // Object 0 is what is free; its size counts its own head.
        let step = index == 0 ? Int(size) : 16 + (Int(size) + 7) / 8 * 8
        guard step >= 16, step <= bytes.count - position else { return nil }
        if index > 0 { sizes[UInt16(index)] = size }
        position += step
      }
    }
  }

  /// Calls `body` with every byte of the file that has seven more behind it, its index in a block and its offset.
  private static func scan(
    _ file: FileReader, _ body: (Span<UInt8>, Int, Int) throws(StoreError) -> Void
  ) throws(StoreError) {
    let (block, overlap) = (4 << 20, 7)
    var start = 0
    while start + overlap < file.count {
      let bytes = try file.storeBytes(at: start, count: min(block, file.count - start))
      let span = bytes.span
      for index in 0..<max(0, span.count - overlap) { try body(span, index, start + index) }
      start += block - overlap
    }
  }

  private static func word(_ bytes: Span<UInt8>, _ index: Int, _ count: Int) -> UInt64 {
    var word: UInt64 = 0
    for position in 0..<count { word |= UInt64(bytes[index + position]) << (8 * UInt64(position)) }
    return word
  }
}
