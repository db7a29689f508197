import Files

/// The layout of an HDF5 file, as the library itself makes it: all datasets with their final sizes, and no numbers.
struct HDF5Layout {
  private static let chunkBytes = 8 << 20

  private let record: ActivationRecord
  private let digests: ArrayDigests

  init(_ record: ActivationRecord, _ digests: ArrayDigests) {
    (self.record, self.digests) = (record, digests)
  }

  /// Makes a scratch file beside `path`, whose unwritten numbers take no place on the disk, and takes it apart.
  func layout(_ path: String) throws(StoreError) -> ArrayLayout {
    let scratch = try outputErrors { () throws(OutputError) in try AtomicFile.begin(path: path) }
    let extents = try build(scratch, for: path)
    let file = try FileReader.store(scratch.temporaryPath)
    let merged = Seal.merge(Array(extents.values))
    var frame: [(offset: Int, bytes: [UInt8])] = []
    for piece in Seal.covered(upTo: file.count, leavingOut: merged) {
      frame.append((piece.offset, try file.storeBytes(at: piece.offset, count: piece.count)))
    }
    return ArrayLayout(
      files: [.init(path: path, frame: frame, byteCount: file.count, arrays: merged, isSealed: true)],
      places: extents.mapValues { .init(file: 0, offset: $0.offset) })
  }

  private func build(_ scratch: borrowing AtomicFile, for path: String) throws(StoreError) -> [String: Extent]
  {
    let names = record.points + ActivationFormat.Part.all
    let file = try HDF5File.create(in: scratch, for: path, structureBytes: 65_536 + 4096 * names.count)
    try file.mark("/", .activations)
    try file.setAttribute(StoreBuilder.writerKey, of: "/", to: .text(record.toolVersion))
    try file.createGroup(ActivationRecord.source)
    try file.mark(ActivationRecord.source, .group)
    for (name, value) in record.attributes {
      try file.setAttribute(name, of: ActivationRecord.source, to: value)
    }
    try file.createGroup(ActivationRecord.tokens)
    try file.mark(ActivationRecord.tokens, .group)
    try file.createGroup(ActivationRecord.prompts)
    try file.mark(
      ActivationRecord.prompts, .raggedText, digest: digests.digest(of: ActivationFormat.Part.texts))
    for site in Set(record.points.compactMap { $0.split(separator: "/").first }).sorted() {
      try file.createGroup("/" + site)
      try file.mark("/" + site, .group)
    }
    var extents: [String: Extent] = [:]
    for name in names { extents[name] = try array(name, in: file) }
    try file.close()
    return extents
  }

  private func array(_ name: String, in file: borrowing HDF5File) throws(StoreError) -> Extent {
    let (typeName, byteCount, shape) = record.array(name)
    let rowBytes = shape.dropFirst().reduce(byteCount, *)
    // Chunks of one size, so that the last is as full as the others.
    let most = max(1, Self.chunkBytes / rowBytes)
    let chunks = (shape[0] + most - 1) / most
    let chunkRows = (shape[0] + chunks - 1) / chunks
    let element = "/" + name
    func create<Number: HDF5Number>(_: Number.Type) throws(StoreError) -> Handle {
      try file.createDataset(element, of: Number.self, shape: shape, chunkRows: chunkRows, grows: true)
    }
    let dataset =
      switch typeName {
      case Half.typeName: try create(Half.self)
      case Int32.typeName: try create(Int32.self)
      case Int64.typeName: try create(Int64.self)
      case UInt8.typeName: try create(UInt8.self)
      default: try create(Float.self)
      }
    try file.mark(element, .array, digest: digests.digest(of: name))
    let runs = Seal.merge(try file.chunkExtents(of: dataset, element: element))
    guard runs.count == 1, runs[0].count >= shape[0] * rowBytes else {
      throw file.place(element).malformed(
        "layout", expected: "chunks one after the other", actual: "\(runs.count) runs of them")
    }
    return runs[0]
  }
}
