import Files

/// The object header of a group or a dataset: version 2, in one block and those that continue it.
///
/// Messages in it can lead the library into other files, through filters, or into heaps without checksums: a virtual
/// dataset's sources stand in one, and are read as soon as the dataset is opened. So the library opens an object only after
/// its header was read here, and found to hold no message but those that lead nowhere.
struct ObjectHeader {
  /// Blocks and bytes of one header at most: up to eight attributes of 64 KiB lie in it, larger numbers elsewhere.
  private static let blockLimit = 100
  private static let byteLimit: UInt64 = 1 << 20

  private enum MessageType: UInt64 {
    case null = 0x00
    case dataspace = 0x01
    case linkInfo = 0x02
    case datatype = 0x03
    case fillValue = 0x05
    case link = 0x06
    case externalFiles = 0x07
    case dataLayout = 0x08
    case groupInfo = 0x0A
    case filterPipeline = 0x0B
    case attribute = 0x0C
    case continuation = 0x10
    case modificationTime = 0x12
    case attributeInfo = 0x15
    case referenceCount = 0x16
  }

  private let place: Place
  private var attributes: [FieldReader] = []
  private var denseAttributes: DenseAttributes?
  /// Where messages lie that were not read yet.
  private var blocks: [(address: UInt64, byteCount: UInt64)] = []

  init(at address: UInt64, in file: FileReader, place: Place) throws(StoreError) {
    self.place = place
    var prefix = try FieldReader(file, at: address, count: 6, of: "object header", place: place)
    guard try prefix.take(4).elementsEqual("OHDR".utf8), try prefix.number(1) == 2 else {
      throw place.refused("an object header that is not of version 2")
    }
    let flags = try prefix.number(1)
    // Four times of the object and two limits of its attributes, where they are kept.
    let optionalBytes: UInt64 = (flags & 0x20 == 0 ? 0 : 16) + (flags & 0x10 == 0 ? 0 : 4)
    let sizeBytes = 1 << Int(flags & 3)
    let restBytes = optionalBytes + UInt64(sizeBytes)
    var rest = try FieldReader(file, at: address + 6, count: restBytes, of: "object header", place: place)
    try rest.skip(optionalBytes)
    blocks = [(address + 6 + restBytes, try rest.number(sizeBytes))]
    try readBlocks(of: file, messagesHaveOrder: flags & 0x04 != 0)
  }

  private mutating func readBlocks(of file: FileReader, messagesHaveOrder: Bool) throws(StoreError) {
    let prefixBytes = messagesHaveOrder ? 6 : 4
    var (blocksLeft, bytesLeft) = (Self.blockLimit, Self.byteLimit)
    while let (address, byteCount) = blocks.popLast() {
      guard blocksLeft > 0, byteCount <= bytesLeft else {
        throw place.malformed(
          "object header", expected: "at most \(Self.blockLimit) blocks, \(Self.byteLimit) bytes",
          actual: "more")
      }
      (blocksLeft, bytesLeft) = (blocksLeft - 1, bytesLeft - byteCount)
      var messages = try FieldReader(
        file, at: address, count: byteCount, of: "object header", place: place)
      // What is left is a gap, too small for a message.
      while messages.left >= prefixBytes {
        let (type, size, flags) = (
          try messages.number(1), try messages.number(2), try messages.number(1)
        )
        if messagesHaveOrder { try messages.skip(2) }
        let body = FieldReader(try messages.take(size), of: "header message \(type)", place: place)
        try add(body, type: type, isShared: flags & 0x02 != 0, of: file)
      }
    }
  }

  private mutating func add(
    _ body: FieldReader, type: UInt64, isShared: Bool, of file: FileReader
  ) throws(StoreError) {
    guard let known = MessageType(rawValue: type) else {
      throw place.refused("a header message of type \(type)")
    }
    guard !isShared else { throw place.refused("a header message that is kept elsewhere") }
    switch known {
    case .externalFiles: throw place.refused("a dataset whose bytes are in another file")
    case .filterPipeline: throw place.refused("a filter (compression, checksum or other)")
    case .dataLayout: try checkLayout(body)
    case .continuation: try addContinuation(body, of: file)
    case .attribute: attributes.append(body)
    case .attributeInfo: denseAttributes = try DenseAttributes(body)
    case .null, .dataspace, .linkInfo, .datatype, .fillValue, .link, .groupInfo, .modificationTime,
      .referenceCount:
      break
    }
  }

  private func checkLayout(_ body: FieldReader) throws(StoreError) {
    var body = body
    let (version, layoutClass) = (try body.number(1), try body.number(1))
    guard version == 3 || version == 4 else { throw place.refused("a data layout of version \(version)") }
    guard layoutClass != 3 else { throw place.refused("a virtual dataset") }
  }

  private mutating func addContinuation(_ body: FieldReader, of file: FileReader) throws(StoreError) {
    var body = body
    let (address, byteCount) = (try body.number(8), try body.number(8))
    var block = try FieldReader(
      file, at: address, count: 4, of: "object header continuation", place: place)
    // A signature before the messages, a checksum behind them.
    guard try block.take(4).elementsEqual("OCHK".utf8), byteCount >= 8 else {
      throw place.malformed(
        "object header continuation", expected: "OCHK of at least 8 bytes", actual: "something else")
    }
    blocks.append((address + 4, byteCount - 8))
  }

  // MARK: - Attributes

  /// The value of an attribute, as it lies in the file.
  /// - Throws: also where it is kept in one of the ways that are not read here.
  func value(of attribute: String, in file: FileReader) throws(StoreError) -> FieldReader {
    let messages = attributes + (try denseAttributes?.messages(in: file, place: place) ?? [])
    for message in messages {
      if let value = try Self.value(of: attribute, in: message, place: place) { return value }
    }
    throw place.attribute(attribute).malformed(
      "attribute", expected: "a message in the object's header or heap", actual: "none")
  }

  /// What lies behind the name, the datatype and the dataspace of an attribute message, whatever these say; nil where the
  /// name is another one.
  private static func value(
    of attribute: String, in message: FieldReader, place: Place
  ) throws(StoreError) -> FieldReader? {
    var message = message
    let version = try message.number(1)
    guard (1...3).contains(version) else {
      throw place.refused("an attribute message of version \(version)")
    }
    try message.skip(1)
    var sizes = [try message.number(2), try message.number(2), try message.number(2)]
    // Version 1 fills each part up to a multiple of eight bytes; version 3 states the name's character set.
    if version == 1 { sizes = sizes.map { ($0 + 7) / 8 * 8 } }
    if version == 3 { try message.skip(1) }
    let name = try message.take(sizes[0]).prefix { $0 != 0 }
    try message.skip(sizes[1] + sizes[2])
    return name.elementsEqual(attribute.utf8) ? message : nil
  }
}
