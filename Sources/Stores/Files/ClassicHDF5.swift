internal import Checkpoints
import Files

/// An HDF5 file of the oldest structure, which libraries write by default (h5py, anndata, pandas): superblock 0 or 1, groups by symbol
/// tables, object headers of version 1. Read without the HDF5 library, which trusts such files too far.
///
/// Datasets of F32, F64 and text, contiguous, compact or in chunks, with the filters deflate and shuffle; everything else is an error that
/// names it. Links to other files are not followed. Source: the HDF5 File Format Specification, version 3.0.
struct ClassicHDF5 {
  /// An object's header: its messages by type.
  struct Object {
    let place: Place
    let messages: [(type: UInt64, body: FieldReader)]

    func first(_ type: MessageType) -> FieldReader? {
      messages.first { $0.type == type.rawValue }?.body
    }

    var isGroup: Bool { first(.symbolTable) != nil }
  }

  enum MessageType: UInt64 {
    case dataspace = 0x01
    case datatype = 0x03
    case dataLayout = 0x08
    case filterPipeline = 0x0B
    case attribute = 0x0C
    case continuation = 0x10
    case symbolTable = 0x11
  }

  /// Blocks of a header, nodes of a tree.
  private static let mostNodes = 100_000
  private static let mostHeaderBytes: UInt64 = 1 << 20

  let file: FileReader
  private let rootAddress: UInt64
  private let top: Place

  /// Whether an HDF5 file is of that age.
  static func isOne(_ path: String) -> Bool {
    let head = (try? FileReader(path: path)).flatMap { try? $0.bytes(at: 0, count: min(9, $0.count)) }
    return head.flatMap(FileKind.superblockVersion).map { $0 <= 1 } ?? false
  }

  init(path: String) throws(StoreError) {
    file = try FileReader.store(path)
    top = Place(path: path, element: "/")
    var fields = try FieldReader(file, at: 8, count: 92, of: "superblock", place: top)
    let version = try fields.number(1)
    guard version <= 1 else {
      throw Self.unsupported(top, "a superblock of version \(version)", "0 or 1, as h5py writes by default")
    }
    try fields.skip(4)  // versions of other parts
    let (addressBytes, lengthBytes) = (try fields.number(1), try fields.number(1))
    try fields.skip(1 + 2 + 2 + 4 + (version == 1 ? 4 : 0))  // sizes of nodes, flags
    let base = try fields.number(8)
    guard addressBytes == 8, lengthBytes == 8, base == 0 else {
      throw Self.unsupported(top, "addresses of \(addressBytes) bytes from \(base) on", "8 bytes, from 0 on")
    }
    try fields.skip(8 + 8 + 8 + 8)  // free space, end, driver, name of the root
    rootAddress = try fields.number(8)
  }

  static func unsupported(_ place: Place, _ actual: String, _ supported: String) -> StoreError {
    .checkpoint(
      .unsupported(
        path: place.path, what: "HDF5 element \(place.element) with", actual: actual, supported: supported))
  }

  // MARK: - Objects

  /// The object at a path such as `obs/_index`, "" for the root; nil where there is none.
  func object(_ path: String) throws(StoreError) -> Object? {
    var object = try header(at: rootAddress, top)
    for name in path.split(separator: "/").map(String.init) {
      guard object.isGroup, let address = try children(of: object).first(where: { $0.name == name })?.address
      else {
        return nil
      }
      object = try header(at: address, object.place.child(name))
    }
    return object
  }

  private func header(at address: UInt64, _ place: Place) throws(StoreError) -> Object {
    var prefix = try FieldReader(file, at: address, count: 16, of: "object header", place: place)
    guard try prefix.number(1) == 1 else {
      throw Self.unsupported(
        place, "an object header of another version", "version 1, as h5py writes by default")
    }
    try prefix.skip(1)
    var messagesLeft = try prefix.number(2)
    try prefix.skip(4)
    var blocks = [(address: address + 16, byteCount: try prefix.number(4))]
    var bytesLeft = Self.mostHeaderBytes
    var messages: [(type: UInt64, body: FieldReader)] = []
    while !blocks.isEmpty {
      let block = blocks.removeFirst()
      guard block.byteCount <= bytesLeft else {
        throw place.malformed(
          "object header", expected: "at most \(Self.mostHeaderBytes) bytes", actual: "more")
      }
      bytesLeft -= block.byteCount
      var fields = try FieldReader(
        file, at: block.address, count: block.byteCount, of: "object header", place: place)
      while fields.left >= 8, messagesLeft > 0 {
        messagesLeft -= 1
        let (type, size, flags) = (try fields.number(2), try fields.number(2), try fields.number(1))
        try fields.skip(3)
        var body = FieldReader(try fields.take(size), of: "header message \(type)", place: place)
        guard let known = MessageType(rawValue: type) else { continue }
        guard flags & 0x02 == 0 else {
          throw Self.unsupported(place, "a message that is kept elsewhere", "those in headers")
        }
        if known == .continuation {
          let (next, count) = (try body.number(8), try body.number(8))
          // Each takes bytes of its own from the limit.
          blocks.append((next, max(count, 1)))
        } else {
          messages.append((type, body))
        }
      }
    }
    return Object(place: place, messages: messages)
  }

  /// What a group has, by the order of names.
  func children(of group: Object) throws(StoreError) -> [(name: String, address: UInt64)] {
    guard var table = group.first(.symbolTable) else { return [] }
    let (tree, heap) = (try table.number(8), try table.number(8))
    var head = try FieldReader(file, at: heap, count: 32, of: "local heap", place: group.place)
    try head.begin("HEAP", version: 0)
    try head.skip(3)
    let size = try head.number(8)
    try head.skip(8)
    var data = try FieldReader(
      file, at: try head.number(8), count: size, of: "local heap", place: group.place)
    let names = Array(try data.take(size))
    var found: [(name: String, address: UInt64)] = []
    try forEachLeaf(tree, type: 0, keyBytes: 8, group.place) { (_, address) throws(StoreError) in
      var node = try FieldReader(file, at: address, count: 8, of: "symbol node", place: group.place)
      try node.begin("SNOD", version: 1)
      try node.skip(1)
      let count = try node.number(2)
      var entries = try FieldReader(
        file, at: address + 8, count: count * 40, of: "symbol node", place: group.place)
      for _ in 0..<count {
        let (nameOffset, header) = (try entries.number(8), try entries.number(8))
        try entries.skip(24)
        guard nameOffset < UInt64(names.count),
          let name = String(validating: names[Int(nameOffset)...].prefix { $0 != 0 }, as: UTF8.self)
        else {
          throw group.place.malformed(
            "name of an element", expected: "UTF-8 inside its heap", actual: "other bytes")
        }
        found.append((name, header))
      }
    }
    return found
  }

  /// Calls `body` with the key before each child of the lowest nodes of a version 1 B-tree.
  func forEachLeaf(
    _ root: UInt64, type: UInt64, keyBytes: Int, _ place: Place,
    _ body: (_ key: inout FieldReader, _ child: UInt64) throws(StoreError) -> Void
  ) throws(StoreError) {
    var nodes = [root]
    var nodesLeft = Self.mostNodes
    while let address = nodes.popLast() {
      guard nodesLeft > 0 else {
        throw place.malformed("B-tree", expected: "at most \(Self.mostNodes) nodes", actual: "more")
      }
      nodesLeft -= 1
      var head = try FieldReader(file, at: address, count: 24, of: "B-tree", place: place)
      try head.begin("TREE", version: type)
      let (level, count) = (try head.number(1), try head.number(2))
      var entries = try FieldReader(
        file, at: address + 24, count: count * UInt64(keyBytes + 8), of: "B-tree", place: place)
      var children: [UInt64] = []
      for _ in 0..<count {
        var key = FieldReader(try entries.take(keyBytes), of: "B-tree key", place: place)
        let child = try entries.number(8)
        if level == 0 { try body(&key, child) } else { children.append(child) }
      }
      nodes += children.reversed()
    }
  }

  // MARK: - Types and shapes

  /// What an element is.
  enum Element: Equatable {
    case single, double
    /// Text of so many bytes, padded with zeros or spaces.
    case text(Int)
    /// Text of any length, in a global heap.
    case variableText
    /// One of two values, in a byte.
    case flag

    var bytes: Int {
      switch self {
      case .single: 4
      case .double: 8
      case .text(let count): count
      case .variableText: GlobalHeaps.referenceBytes
      case .flag: 1
      }
    }

    var isText: Bool {
      switch self {
      case .text, .variableText: true
      case .single, .double, .flag: false
      }
    }

    var isNumber: Bool { self == .single || self == .double }
  }

  /// - Returns: nil for a type that is not read.
  func element(_ message: FieldReader) throws(StoreError) -> Element? {
    var fields = message
    let (kind, flags) = (try fields.number(1) & 0x0F, try fields.number(3))
    let size = try fields.number(4)
    switch kind {
    case 1:
      // Bit offset, precision, then where exponent and mantissa lie: those of IEEE 754, little-endian.
      let layout = Array(try fields.take(8))
      let bias = try fields.number(4)
      guard flags & 0x41 == 0 else { return nil }
      if size == 4, layout == [0, 0, 32, 0, 23, 8, 0, 23], bias == 127 { return .single }
      if size == 8, layout == [0, 0, 64, 0, 52, 11, 0, 52], bias == 1023 { return .double }
      return nil
    case 3: return size > 0 && size <= 1 << 16 ? .text(Int(size)) : nil
    // An enumeration of one byte, as h5py writes booleans.
    case 8: return size == 1 ? .flag : nil
    case 9: return flags & 0x0F == 1 && size == UInt64(GlobalHeaps.referenceBytes) ? .variableText : nil
    default: return nil
    }
  }

  func shape(_ message: FieldReader, _ place: Place) throws(StoreError) -> [Int] {
    var fields = message
    let (version, rank) = (try fields.number(1), try fields.number(1))
    guard version == 1 || version == 2 else {
      throw Self.unsupported(place, "a dataspace of version \(version)", "1 or 2")
    }
    try fields.skip(version == 1 ? 6 : 2)
    var shape: [Int] = []
    var product = 1
    for _ in 0..<rank {
      guard let dimension = Int(exactly: try fields.number(8)) else {
        throw place.malformed("shape", expected: "dimensions below 2^63", actual: "more")
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: max(1, dimension))
      guard !overflow, next <= 1 << 40 else {
        throw place.malformed("shape", expected: "fewer numbers", actual: "\(shape)…")
      }
      product = next
      shape.append(dimension)
    }
    return shape
  }

  /// Text of an attribute; nil where there is none of that name that is one text.
  func attribute(_ name: String, of object: Object) throws(StoreError) -> String? {
    for (type, body) in object.messages where type == MessageType.attribute.rawValue {
      var fields = body
      let version = try fields.number(1)
      guard (1...3).contains(version) else { continue }
      try fields.skip(1)
      let sizes = (try fields.number(2), try fields.number(2), try fields.number(2))
      if version == 3 { try fields.skip(1) }
      // Version 1 pads each to eight bytes.
      func field(_ size: UInt64) throws(StoreError) -> ArraySlice<UInt8> {
        let bytes = try fields.take(size)
        if version == 1 { try fields.skip(min((8 - size % 8) % 8, UInt64(fields.left))) }
        return bytes
      }
      let found = try field(sizes.0).prefix { $0 != 0 }
      guard found.elementsEqual(name.utf8) else { continue }
      let type = FieldReader(try field(sizes.1), of: "datatype", place: object.place)
      let space = FieldReader(try field(sizes.2), of: "dataspace", place: object.place)
      guard try shape(space, object.place).allSatisfy({ $0 == 1 }), let element = try element(type) else {
        return nil
      }
      switch element {
      case .variableText:
        var heaps = GlobalHeaps(file)
        return try heaps.text(&fields, place: object.place)
      case .text(let count): return try Self.text(fields.take(count), 0, object.place)
      case .single, .double, .flag: return nil
      }
    }
    return nil
  }

  static func text(_ bytes: ArraySlice<UInt8>, _ index: Int, _ place: Place) throws(StoreError)
    -> String
  {
    guard let text = String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self) else {
      throw place.malformed("text \(index)", expected: "UTF-8", actual: "other bytes")
    }
    return text
  }
}
