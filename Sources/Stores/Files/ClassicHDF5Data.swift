import Files

// What datasets hold.

extension ClassicHDF5 {
  /// A dataset's shape and elements; nil for a group, or elements that are not read.
  func dataset(_ object: Object) throws(StoreError) -> (shape: [Int], element: Element)? {
    guard let space = object.first(.dataspace), let type = object.first(.datatype),
      let element = try element(type)
    else {
      return nil
    }
    return (try shape(space, object.place), element)
  }

  /// The numbers of a dataset of F32 or F64, in the order of the file; F64 is rounded.
  /// - Precondition: it is one.
  func numbers(of object: Object) throws(StoreError) -> [Float] {
    guard let (shape, element) = try dataset(object), element.isNumber else {
      preconditionFailure("\(object.place.element) holds no numbers")
    }
    let bytes = try bytes(of: object, shape, element)
    return element == .single ? singles(bytes) : roundedDoubles(bytes)
  }

  /// The texts of a dataset of text.
  /// - Precondition: it is one.
  func texts(of object: Object) throws(StoreError) -> [String] {
    guard let (shape, element) = try dataset(object) else {
      preconditionFailure("\(object.place.element) holds no text")
    }
    let bytes = try bytes(of: object, shape, element)
    var texts: [String] = []
    switch element {
    case .text(let count):
      for start in stride(from: 0, to: bytes.count, by: count) {
        texts.append(try Self.text(bytes[start..<start + count], texts.count, object.place))
      }
    case .variableText:
      var heaps = GlobalHeaps(file)
      var references = FieldReader(bytes[...], of: "references to text", place: object.place)
      while references.left > 0 {
        texts.append(try heaps.text(&references, index: texts.count, place: object.place))
      }
    case .single, .double, .flag: preconditionFailure("\(object.place.element) holds no text")
    }
    return texts
  }

  /// Booleans as h5py writes them; anything but 0 is true.
  /// - Precondition: it is a dataset of them.
  func flags(of object: Object) throws(StoreError) -> [Bool] {
    guard let (shape, element) = try dataset(object), element == .flag else {
      preconditionFailure("\(object.place.element) holds no booleans")
    }
    return try bytes(of: object, shape, element).map { $0 != 0 }
  }

  private func bytes(of object: Object, _ shape: [Int], _ element: Element) throws(StoreError) -> [UInt8] {
    let place = object.place
    guard var layout = object.first(.dataLayout) else {
      throw place.malformed("data layout", expected: "one", actual: "none")
    }
    let count = shape.reduce(element.bytes, *)
    let (version, kind) = (try layout.number(1), try layout.number(1))
    guard version == 3 else { throw Self.unsupported(place, "a data layout of version \(version)", "3") }
    switch kind {
    case 0:
      let size = try layout.number(2)
      guard size == UInt64(count) else {
        throw place.malformed("data", expected: "\(count) bytes", actual: "\(size)")
      }
      return Array(try layout.take(size))
    case 1:
      let (address, size) = (try layout.number(8), try layout.number(8))
      guard size == UInt64(count), address != FieldReader.undefinedAddress else {
        throw place.malformed("data", expected: "\(count) bytes", actual: "\(size), or none written")
      }
      var data = try FieldReader(file, at: address, count: size, of: "data", place: place)
      return Array(try data.take(size))
    case 2: return try chunks(layout, object, shape, element)
    default: throw Self.unsupported(place, "a data layout of class \(kind)", "compact, contiguous or chunked")
    }
  }

  /// Chunks of a dataset of one or two dimensions, put together.
  private func chunks(
    _ layout: FieldReader, _ object: Object, _ shape: [Int], _ element: Element
  ) throws(StoreError) -> [UInt8] {
    var layout = layout
    let place = object.place
    let rank = Int(try layout.number(1)) - 1
    let tree = try layout.number(8)
    guard rank == shape.count, (1...2).contains(rank) else {
      throw Self.unsupported(place, "chunks of \(rank) dimensions", "one or two")
    }
    var sizes: [Int] = []
    for _ in 0..<rank { sizes.append(Int(try layout.number(4))) }
    guard try layout.number(4) == UInt64(element.bytes), sizes.allSatisfy({ $0 > 0 }) else {
      throw place.malformed(
        "chunks", expected: "elements of \(element.bytes) bytes", actual: "others, or empty chunks")
    }
    let filters = try ChunkFilters(object.first(.filterPipeline), place)
    // Rows and columns; a vector is one column.
    let (rows, columns) = (shape[0], rank == 2 ? shape[1] : 1)
    let (height, width) = (sizes[0], rank == 2 ? sizes[1] : 1)
    let (chunkElements, overflow) = height.multipliedReportingOverflow(by: width)
    guard !overflow, chunkElements <= (1 << 30) / element.bytes else {
      throw place.malformed("chunks", expected: "chunks of at most 1 GiB", actual: "\(sizes)")
    }
    var found: [(row: Int, column: Int, address: UInt64, byteCount: UInt64, mask: UInt64)] = []
    try forEachLeaf(tree, type: 1, keyBytes: 8 + 8 * (rank + 1), place) { (key, address) throws(StoreError) in
      let (byteCount, mask) = (try key.number(4), try key.number(4))
      let (row, column) = (try key.number(8), rank == 2 ? try key.number(8) : 0)
      guard row < UInt64(rows), column < UInt64(columns), row % UInt64(height) == 0,
        column % UInt64(width) == 0
      else {
        throw place.malformed("chunk", expected: "one inside \(shape)", actual: "one at [\(row), \(column)]")
      }
      found.append((Int(row), Int(column), address, byteCount, mask))
    }
    // Before anything is made: as many as the shape asks for, each once, or else part of it was never written.
    let expected = ((rows + height - 1) / height) * ((columns + width - 1) / width)
    guard found.count == expected, Set(found.map { [$0.row, $0.column] }).count == expected else {
      throw place.malformed("chunks", expected: "\(expected), each once", actual: "\(found.count)")
    }
    // Deflate makes at most 1032 bytes of one.
    let byteCount = rows * columns * element.bytes
    guard byteCount / 1100 <= file.count else {
      throw place.malformed("shape", expected: "what \(file.count) bytes can hold", actual: "\(shape)")
    }
    var whole = [UInt8](repeating: 0, count: byteCount)
    for chunk in found {
      var packed = try FieldReader(
        file, at: chunk.address, count: chunk.byteCount, of: "chunk", place: place)
      let bytes = try filters.undo(
        Array(try packed.take(chunk.byteCount)), mask: chunk.mask, count: chunkElements * element.bytes,
        element.bytes)
      let run = min(width, columns - chunk.column) * element.bytes
      for row in 0..<min(height, rows - chunk.row) {
        let (source, target) = (
          row * width * element.bytes, ((chunk.row + row) * columns + chunk.column) * element.bytes
        )
        whole.replaceSubrange(target..<target + run, with: bytes[source..<source + run])
      }
    }
    return whole
  }
}
