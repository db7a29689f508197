import Files
import Tensors

/// The parts of a GGUF header in the order of the file.
extension GGUFCursor {
  /// Magic and version.
  mutating func header() throws(CheckpointError) -> Int {
    let magic = try uint32("magic")
    guard magic == 0x4655_4747 else {
      throw malformed("magic", expected: "GGUF", actual: hexadecimal(magic), at: 0)
    }
    let version = try uint32("version")
    switch version {
    case 2, 3: return Int(version)
    case _ where version & 0xFFFF == 0 && version != 0:
      throw malformed("version", expected: "2 or 3", actual: "a big-endian file", at: 4)
    default: throw malformed("version", expected: "2 or 3", actual: "\(version)", at: 4)
    }
  }

  mutating func metadata(count: Int) throws(CheckpointError) -> [String: MetadataValue] {
    var metadata: [String: MetadataValue] = [:]
    for index in 0..<count {
      let start = offset
      let key = try string("metadata key \(index)")
      guard !key.isEmpty else {
        throw malformed("metadata key \(index)", expected: "a name", actual: "an empty string", at: start)
      }
      let type = try valueType(key)
      let value = try value(type, of: key)
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw malformed("metadata key \(index)", expected: "a new name", actual: "\(key) again", at: start)
      }
      if key == "general.alignment", type != .uint32 {
        throw malformed(key, expected: "a 32-bit unsigned integer", actual: "\(type)", at: start)
      }
    }
    return metadata
  }

  /// The alignment of tensor data, 32 unless `general.alignment` says otherwise.
  func alignment(in metadata: [String: MetadataValue]) throws(CheckpointError) -> Int {
    guard let alignment = metadata["general.alignment"]?.integer else { return 32 }
    guard alignment > 0, alignment & (alignment - 1) == 0 else {
      throw malformed("general.alignment", expected: "a power of two", actual: "\(alignment)")
    }
    return alignment
  }

  /// The tensor infos; their offsets become offsets in the file.
  mutating func tensors(count: Int, alignment: Int) throws(CheckpointError) -> [GGUFTensorInfo] {
    var infos: [GGUFTensorInfo] = []
    infos.reserveCapacity(count)
    var names: Set<ExactName> = []
    // Where the next tensor must begin; nil after one of a type whose size is not known.
    var running: Int? = 0
    for index in 0..<count {
      let start = offset
      let (info, size) = try tensor(index, expectedOffset: running, after: infos.last, alignment: alignment)
      guard names.insert(ExactName(info.name)).inserted else {
        throw malformed(
          "name of tensor \(index)", expected: "a new name", actual: "\(info.name) again", at: start)
      }
      if running == nil { infos[index - 1].byteCount = info.offset - infos[index - 1].offset }
      running = try size.map { (size) throws(CheckpointError) in
        try padded(info.offset, plus: size, to: alignment, name: info.name, at: start)
      }
      infos.append(info)
    }
    let base = try padded(offset, plus: 0, to: alignment, name: "the data", at: offset)
    if running == nil { infos[count - 1].byteCount = max(0, file.count - base - infos[count - 1].offset) }
    for info in infos where info.byteCount > 0 && !file.holds(info.byteCount, at: base + info.offset) {
      throw malformed(
        "data of tensor \(info.name)", expected: "\(info.byteCount) bytes",
        actual: "a file of \(file.count) bytes", at: base + info.offset)
    }
    return infos.map { $0.moved(by: base) }
  }

  /// A tensor's info and its size in bytes, `nil` for a type that this version does not know.
  private mutating func tensor(
    _ index: Int, expectedOffset: Int?, after previous: GGUFTensorInfo?, alignment: Int
  ) throws(CheckpointError) -> (info: GGUFTensorInfo, size: Int?) {
    let nameStart = offset
    let name = try string("name of tensor \(index)")
    guard !name.isEmpty, name.utf8.count < 64 else {
      throw malformed(
        "name of tensor \(index)", expected: "1 ... 63 bytes", actual: "\(name.utf8.count)", at: nameStart)
    }
    let dimensions = try dimensions(of: name)
    let number = try uint32("type of tensor \(name)")
    let type = GGMLType(number: number)
    let size = try type.map { (type) throws(CheckpointError) in
      try byteCount(of: dimensions, type: type, name: name, at: nameStart)
    }
    let offsetStart = offset
    let stored = try uint64("offset of tensor \(name)")
    let least = previous?.offset ?? 0
    guard let place = Int(exactly: stored), place <= file.count, place == expectedOffset ?? place,
      place >= least, place.isMultiple(of: alignment)
    else {
      throw malformed(
        "offset of tensor \(name)",
        expected: expectedOffset.map { "\($0), after the tensor before" }
          ?? "\(least) ... \(file.count), a multiple of \(alignment)",
        actual: "\(stored)", at: offsetStart)
    }
    let info = GGUFTensorInfo(
      name: name, dimensions: dimensions, typeNumber: number, typeName: type?.name ?? "type \(number)",
      offset: place, byteCount: size ?? 0)
    return (info, size)
  }

  private func byteCount(
    of dimensions: [Int], type: GGMLType, name: String, at place: Int
  ) throws(CheckpointError) -> Int {
    let row = dimensions.first ?? 1
    guard row.isMultiple(of: type.blockCount) else {
      throw malformed(
        "row of tensor \(name)", expected: "a multiple of \(type.blockCount) for \(type.name)",
        actual: "\(row)", at: place)
    }
    let elements = dimensions.reduce(1, *)
    let (bytes, overflow) = (elements / type.blockCount).multipliedReportingOverflow(by: type.blockBytes)
    guard !overflow else {
      throw malformed(
        "size of tensor \(name)", expected: "less than 2^63 bytes", actual: "\(dimensions)", at: place)
    }
    return bytes
  }

  /// At most four dimensions whose product does not overflow; zero is allowed.
  private mutating func dimensions(of name: String) throws(CheckpointError) -> [Int] {
    let start = offset
    let rank = try uint32("dimension count of tensor \(name)")
    guard rank <= 4 else {
      throw malformed("dimension count of tensor \(name)", expected: "0 ... 4", actual: "\(rank)", at: start)
    }
    var dimensions: [Int] = []
    // Zero dimensions count as one here: rows and columns are multiplied in parts later.
    var product = 1
    for axis in 0..<rank {
      let place = offset
      let stored = try uint64("dimension \(axis) of tensor \(name)")
      guard let dimension = Int(exactly: stored) else {
        throw malformed(
          "dimension \(axis) of \(name)", expected: "below 2^63", actual: "\(stored)", at: place)
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: max(1, dimension))
      guard !overflow else {
        throw malformed(
          "element count of tensor \(name)", expected: "below 2^63", actual: "\(product) x \(dimension)",
          at: place)
      }
      product = next
      dimensions.append(dimension)
    }
    return dimensions
  }

  /// `offset + size` rounded up to the alignment, inside the file or just after it.
  private func padded(
    _ offset: Int, plus size: Int, to alignment: Int, name: String, at place: Int
  ) throws(CheckpointError) -> Int {
    let (end, overflowEnd) = offset.addingReportingOverflow(size)
    let (up, overflowUp) = end.addingReportingOverflow(alignment - 1)
    guard !overflowEnd, !overflowUp, end <= file.count else {
      throw malformed(
        "size of \(name)", expected: "data within the \(file.count) bytes of the file",
        actual: "\(size) bytes from \(offset)", at: place)
    }
    return up & ~(alignment - 1)
  }

  private func hexadecimal(_ value: UInt32) -> String { "0x" + String(value, radix: 16) }
}

extension GGUFTensorInfo {
  fileprivate func moved(by base: Int) -> GGUFTensorInfo {
    GGUFTensorInfo(
      name: name, dimensions: dimensions, typeNumber: typeNumber, typeName: typeName,
      offset: base + offset, byteCount: byteCount)
  }
}
