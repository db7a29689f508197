import Files

/// Attributes that are too many for an object's header: messages in a fractal heap, listed by a version 2 B-tree of their
/// names. The ten of a store's provenance lie in one.
///
/// Read are heaps of one direct block and trees of one leaf, which hold what our files hold.
struct DenseAttributes {
  private static let attributeLimit: UInt64 = 100
  private static let blockLimit: UInt64 = 1 << 16

  private let heapAddress: UInt64
  private let indexAddress: UInt64

  /// - Parameter message: the attribute info message.
  /// - Returns: nil where all attributes lie in the header.
  init?(_ message: FieldReader) throws(StoreError) {
    var message = message
    try message.skip(1)
    let flags = try message.number(1)
    if flags & 1 != 0 { try message.skip(2) }
    (heapAddress, indexAddress) = (try message.number(8), try message.number(8))
    if heapAddress == FieldReader.undefinedAddress { return nil }
  }

  /// The attribute messages.
  func messages(in file: FileReader, place: Place) throws(StoreError) -> [FieldReader] {
    let heap = try FractalHeap(at: heapAddress, in: file, place: place)
    var records = try records(in: file, place: place)
    var messages: [FieldReader] = []
    while records.left > 0 {
      let identifier = try records.take(8)
      let isShared = try records.number(1) & 0x02 != 0
      try records.skip(8)  // creation order, hash of the name
      guard !isShared else { throw place.refused("an attribute that is kept elsewhere") }
      messages.append(try heap.object(identifier, in: file, place: place))
    }
    return messages
  }

  /// The records of the tree's only node, 17 bytes each.
  private func records(in file: FileReader, place: Place) throws(StoreError) -> FieldReader {
    var header = try FieldReader(file, at: indexAddress, count: 34, of: "B-tree", place: place)
    try header.begin("BTHD", version: 0)
    let type = try header.number(1)
    try header.skip(4)  // bytes of a node
    let (recordBytes, depth) = (try header.number(2), try header.number(2))
    try header.skip(2)  // how full nodes are
    let (address, count) = (try header.number(8), try header.number(2))
    guard type == 8, recordBytes == 17, depth == 0, count <= Self.attributeLimit else {
      throw place.refused("an index of attributes of more than one node")
    }
    var leaf = try FieldReader(
      file, at: address, count: 6 + count * recordBytes, of: "B-tree leaf", place: place)
    try leaf.begin("BTLF", version: 0)
    try leaf.skip(1)  // the type again
    return leaf
  }

  /// A fractal heap whose root is its only direct block.
  private struct FractalHeap {
    private let blockAddress: UInt64
    private let blockBytes: UInt64
    /// Bytes of an offset in the heap.
    private let offsetBytes: Int

    init(at address: UInt64, in file: FileReader, place: Place) throws(StoreError) {
      var header = try FieldReader(file, at: address, count: 142, of: "fractal heap", place: place)
      try header.begin("FRHP", version: 0)
      let (identifierBytes, filterBytes) = (try header.number(2), try header.number(2))
      try header.skip(1 + 4 + 12 * 8 + 2)  // what a writer needs to know
      blockBytes = try header.number(8)
      try header.skip(8)  // bytes of the largest direct block
      let offsetBits = try header.number(2)
      offsetBytes = Int(offsetBits + 7) / 8
      try header.skip(2)  // rows of an indirect root
      blockAddress = try header.number(8)
      let rows = try header.number(2)
      guard identifierBytes == 8, filterBytes == 0, rows == 0, offsetBytes < 7,
        blockBytes <= DenseAttributes.blockLimit
      else { throw place.refused("a heap of attributes of more than one block") }
    }

    /// - Parameter identifier: kind, offset in the heap and length of a managed object: eight bytes.
    func object(
      _ identifier: ArraySlice<UInt8>, in file: FileReader, place: Place
    ) throws(StoreError) -> FieldReader {
      var fields = FieldReader(identifier, of: "heap identifier", place: place)
      let kind = try fields.number(1)
      let (offset, length) = (try fields.number(offsetBytes), try fields.number(7 - offsetBytes))
      guard kind & 0xF0 == 0 else { throw place.refused("an attribute outside its heap's block") }
      guard offset <= blockBytes, length <= blockBytes - offset, blockAddress <= UInt64(file.count) else {
        throw place.malformed(
          "heap identifier", expected: "\(blockBytes) bytes in a block of the file",
          actual: "\(length) bytes from \(offset) on")
      }
      return try FieldReader(
        file, at: blockAddress + offset, count: length, of: "attribute", place: place)
    }
  }
}
