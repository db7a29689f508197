import Files

/// What was done to each chunk when it was written.
struct ChunkFilters {
  private let numbers: [UInt64]
  private let place: Place

  init(_ message: FieldReader?, _ place: Place) throws(StoreError) {
    self.place = place
    guard var fields = message else {
      numbers = []
      return
    }
    let (version, count) = (try fields.number(1), try fields.number(1))
    guard version == 1 || version == 2 else {
      throw ClassicHDF5.unsupported(place, "a filter pipeline of version \(version)", "1 or 2")
    }
    if version == 1 { try fields.skip(6) }
    var numbers: [UInt64] = []
    for _ in 0..<count {
      let number = try fields.number(2)
      guard number == 1 || number == 2 else {
        throw ClassicHDF5.unsupported(
          place, "the filter \(number)", "deflate and shuffle (compression=\"gzip\")")
      }
      let nameBytes = version == 1 ? try fields.number(2) : 0
      try fields.skip(2)
      let values = try fields.number(2)
      try fields.skip((nameBytes + 7) / 8 * 8)
      try fields.skip(values * 4 + (version == 1 && values % 2 == 1 ? 4 : 0))
      numbers.append(number)
    }
    self.numbers = numbers
  }

  /// - Parameters:
  ///   - mask: filters that this chunk went without, by their place.
  ///   - count: bytes of the chunk as it was.
  func undo(_ bytes: [UInt8], mask: UInt64, count: Int, _ elementBytes: Int) throws(StoreError) -> [UInt8] {
    var bytes = bytes
    for (index, number) in numbers.enumerated().reversed() where mask >> UInt64(index) & 1 == 0 {
      if number == 1 {
        do throws(FileError) {
          bytes = try Compressed.zlib(bytes, in: 0..<bytes.count, count: count, path: place.path)
        } catch {
          throw .file(error)
        }
      } else {
        bytes = Self.unshuffled(bytes, elementBytes)
      }
    }
    guard bytes.count == count else {
      throw place.malformed("chunk", expected: "\(count) bytes", actual: "\(bytes.count)")
    }
    return bytes
  }

  /// First bytes of all elements, then second ones, …: an element's together again.
  private static func unshuffled(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
    let count = bytes.count / size
    var result = bytes
    for index in 0..<count {
      for byte in 0..<size { result[index * size + byte] = bytes[byte * count + index] }
    }
    return result
  }
}
