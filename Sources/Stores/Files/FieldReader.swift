import Files

/// A block of an HDF5 file as the specification of the format lists it: fields one after the other, numbers little-endian.
///
/// No block reaches out of the file, and no field out of its block.
struct FieldReader {
  /// What an address that leads nowhere is.
  static let undefinedAddress = UInt64.max

  private let bytes: ArraySlice<UInt8>
  private var position: Int
  private let block: String
  private let place: Place

  /// - Parameter block: the specification's word for it, which errors name.
  init(_ bytes: ArraySlice<UInt8>, of block: String, place: Place) {
    (self.bytes, position, self.block, self.place) = (bytes, bytes.startIndex, block, place)
  }

  init(
    _ file: FileReader, at address: UInt64, count: UInt64, of block: String, place: Place
  ) throws(StoreError) {
    let size = UInt64(file.count)
    guard count <= size, address <= size - count else {
      throw place.malformed(
        block, expected: "\(count) bytes in the file's \(size)", actual: "\(count) bytes from \(address) on")
    }
    self.init(try file.storeBytes(at: Int(address), count: Int(count))[...], of: block, place: place)
  }

  /// Bytes that were not taken yet.
  var left: Int { bytes.endIndex - position }

  mutating func take(_ count: some BinaryInteger) throws(StoreError) -> ArraySlice<UInt8> {
    guard count <= left else {
      throw place.malformed(block, expected: "\(count) more bytes", actual: "\(left)")
    }
    let start = position
    position += Int(count)
    return bytes[start..<position]
  }

  mutating func skip(_ count: some BinaryInteger) throws(StoreError) { _ = try take(count) }

  /// A number of so many bytes.
  mutating func number(_ count: Int) throws(StoreError) -> UInt64 {
    try take(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The signature and the version with which most blocks begin.
  mutating func begin(_ signature: String, version: UInt64) throws(StoreError) {
    let isSigned = try take(signature.utf8.count).elementsEqual(signature.utf8)
    let found = try number(1)
    guard isSigned, found == version else {
      throw place.malformed(
        block, expected: "\(signature) of version \(version)",
        actual: isSigned ? "version \(found)" : "another block")
    }
  }
}
