import Files
import Foundation
public import Tensors

/// Writes the activations of many prompts, some prompts at a time, in memory that does not grow with their number.
///
/// What it has written outlives it: another writer of the same record, at the same path, goes on behind the last prompts
/// that were surely on the disk. Only ``finish()`` shows the file.
public struct ActivationWriter: ~Copyable {
  public let record: ActivationRecord
  /// Prompts whose rows are written.
  public private(set) var promptCount = 0
  private let format: ActivationFormat
  private let layout: ArrayLayout
  private let files: [ResumableFile]
  private var rowCount = 0
  /// Of the rows of each point.
  private var hashes: [SHA256]
  private let pause: Duration
  private var kept = ContinuousClock.now
  /// From the first prompt on that is added.
  private var parts: PromptArrays?
  private var texts: TextsBeside?

  /// What is said of the bytes that hold.
  private struct Progress: Codable {
    let record: ActivationRecord
    let promptCount: Int
    let rowCount: Int
    /// Over the digests of the rows of all points.
    let sha256: String
  }

  /// Begins a file, or goes on with what an earlier writer has left.
  ///
  /// Cost of going on: one pass over the rows that are there, which are held against their digest.
  /// - Parameters:
  ///   - record: of the whole file: all sizes are known.
  ///   - pause: what lies between two forcings to the disk; so much work is done again at most.
  /// - Throws: `StoreError.misfit` where what is there is of another model, other prompts or other settings; `.corrupt` where
  ///   its rows are not as they were written; `OutputError.locked` while another writer is at work.
  public static func begin(
    _ record: ActivationRecord, to path: String, as format: ActivationFormat, pause: Duration = .seconds(10)
  ) throws(StoreError) -> ActivationWriter {
    precondition(record.promptCount > 0 && record.tokenCount > 0, "\(path): no prompts")
    let layout = try format.layout(record, path: path)
    let files = try layout.files.map { (file) throws(StoreError) in
      try outputErrors { () throws(OutputError) in try ResumableFile(path: file.path) }
    }
    var writer = ActivationWriter(
      record: record, format: format, layout: layout, files: files,
      hashes: record.points.map { _ in SHA256() }, pause: pause)
    try writer.goOn()
    return writer
  }

  private mutating func goOn() throws(StoreError) {
    let path = files[0].unfinishedPath
    let hint = "finish that job first, or delete \(path) and begin anew"
    if let text = files[0].progress,
      let progress = try? JSONDecoder().decode(Progress.self, from: Data(text))
    {
      try record.requireSettings(of: progress.record, path: path, hint: hint)
      try record.requirePrompts(of: progress.record, path: path, hint: hint)
      try resume(progress, path)
    } else {
      for file in files { try outputErrors { () throws(OutputError) in try file.restart() } }
    }
    for (file, planned) in zip(files, layout.files) {
      try outputErrors { () throws(OutputError) in try file.resize(to: planned.byteCount) }
    }
  }

  private mutating func resume(_ progress: Progress, _ path: String) throws(StoreError) {
    let rows = progress.rowCount
    guard (0...record.promptCount).contains(progress.promptCount), (0...record.rowCount).contains(rows) else {
      throw .corrupt(path: path, element: "progress", expectedSHA256: progress.sha256, actualSHA256: "none")
    }
    let rowBytes = record.width * record.precision.byteCount
    let block = max(1, (8 << 20) / rowBytes)
    for (index, point) in record.points.enumerated() {
      let (file, offset) = place(point)
      for start in stride(from: 0, to: rows, by: block) {
        JobProgress.current.tell(
          index * rows + start, of: record.points.count * rows, "reading what is there")
        let bytes = try outputErrors { () throws(OutputError) in
          try file.bytes(at: offset + start * rowBytes, count: (min(rows, start + block) - start) * rowBytes)
        }
        hashes[index].update(bytes.span)
      }
    }
    (promptCount, rowCount) = (progress.promptCount, rows)
    guard digest == progress.sha256 else {
      throw .corrupt(
        path: path, element: "rows 0..<\(rows)", expectedSHA256: progress.sha256, actualSHA256: digest)
    }
  }

  private init(
    record: ActivationRecord, format: ActivationFormat, layout: ArrayLayout, files: [ResumableFile],
    hashes: [SHA256], pause: Duration
  ) {
    (self.record, self.format, self.layout) = (record, format, layout)
    (self.files, self.hashes, self.pause) = (files, hashes, pause)
  }

  private var digest: String { ContentDigest.of(hashes.map { hexadecimal($0.finalized()) }) }

  private func place(_ array: String) -> (file: ResumableFile, offset: Int) {
    let place = layout.places[array] ?? .init(file: 0, offset: 0)
    return (files[place.file], place.offset)
  }

  // MARK: - Rows

  /// Adds the rows of the next prompts.
  /// - Parameters:
  ///   - states: a matrix a point, in the record's order.
  ///   - prompts: how many prompts these are.
  /// - Throws: `StoreError.misfit` for numbers that 16 bits do not hold, where the file is of such.
  /// - Precondition: the shapes fit, and no more rows come than the record has.
  public mutating func append(_ states: [Matrix<Float>], prompts: Int) throws(StoreError) {
    precondition(states.count == record.points.count, "\(states.count) matrices for \(record.points.count)")
    let rows = states[0].rows
    precondition(
      states.allSatisfy { $0.rows == rows && $0.columns == record.width }
        && rowCount + rows <= record.rowCount && promptCount + prompts <= record.promptCount,
      "rows \(rowCount) + \(rows) of \(record.rowCount)")
    let rowBytes = record.width * record.precision.byteCount
    let places = record.points.map { place($0) }
    let (firstRow, precision, points) = (rowCount, record.precision, record.points)
    let results = parallelMap(count: places.count) { [hashes] index -> Result<SHA256, StoreError> in
      let (file, offset) = (places[index].file, places[index].offset + firstRow * rowBytes)
      var hash = hashes[index]
      do throws(StoreError) {
        switch precision {
        case .f32: try Self.write(states[index].elements, to: file, at: offset, &hash)
        case .f16:
          try Self.requireHalves(states[index], points[index], firstRow: firstRow, path: file.path)
          let floats = states[index].elements
          let halves = HalfPrecision.rounded(floats.span)
          try Self.write(halves, to: file, at: offset, &hash)
        }
        return .success(hash)
      } catch { return .failure(error) }
    }
    hashes = try results.map { (result) throws(StoreError) in try result.get() }
    (rowCount, promptCount) = (rowCount + rows, promptCount + prompts)
    if ContinuousClock.now - kept >= pause { try keep() }
  }

  private static func write<Number: BitwiseCopyable>(
    _ values: [Number], to file: ResumableFile, at offset: Int, _ hash: inout SHA256
  ) throws(StoreError) {
    hash.update(values.span)
    do throws(OutputError) { try file.write(values.span, at: offset) } catch { throw .output(error) }
  }

  private static func requireHalves(
    _ states: Matrix<Float>, _ point: String, firstRow: Int, path: String
  ) throws(StoreError) {
    // All below this round to the largest, or lower.
    guard let index = states.elements.firstIndex(where: { !(abs($0) < 65520) }) else { return }
    throw .misfit(
      path: path,
      what: "/\(point), row \(firstRow + index / states.columns), column \(index % states.columns)",
      expected: "a number of at most \(HalfPrecision.largest), the largest of 16 bits",
      actual: "\(states.elements[index])", hint: "take --dtype f32")
  }

  /// Takes over the rows of a file that holds the first prompts, unless an earlier writer has done so.
  /// - Throws: `StoreError.corrupt` where it is damaged.
  public mutating func goOn(from other: ActivationStore) throws(StoreError) {
    if promptCount < other.record.promptCount { try copy(other) }
  }

  /// Copies all rows of another file with the same points: the first prompts are its.
  /// - Throws: `StoreError.corrupt` where it is damaged.
  mutating func copy(_ other: ActivationStore) throws(StoreError) {
    for (index, point) in record.points.enumerated() {
      JobProgress.current.tell(index, of: record.points.count, "copying \(other.path)")
      switch record.precision {
      case .f32: try copy(point, index, of: other, as: Float.self)
      case .f16: try copy(point, index, of: other, as: Half.self)
      }
    }
    (rowCount, promptCount) = (other.record.rowCount, other.record.promptCount)
    try keep()
  }

  private mutating func copy<Number: HDF5Number>(
    _ point: String, _ index: Int, of other: ActivationStore, as type: Number.Type
  ) throws(StoreError) {
    let rowBytes = record.width * record.precision.byteCount
    let (file, offset) = place(point)
    var hash = SHA256()
    try other.eachBlock(of: point, as: type) { (row, values) throws(StoreError) in
      try Self.write(values, to: file, at: offset + row * rowBytes, &hash)
    }
    hashes[index] = hash
  }

  /// Forces what is written to the disk, and says so.
  private mutating func keep() throws(StoreError) {
    let progress = Progress(record: record, promptCount: promptCount, rowCount: rowCount, sha256: digest)
    guard let text = try? JSONEncoder().encode(progress) else {
      throw .output(.failed(path: files[0].path, operation: "say how far it is", reason: "no JSON"))
    }
    try outputErrors { () throws(OutputError) in try files[0].keep(progress: Array(text)) }
    kept = .now
  }

  // MARK: - The end

  /// Adds a prompt and its tokens: all of them, in order, behind all rows.
  public mutating func add(_ prompt: String, tokens: [Int]) throws(StoreError) {
    if parts == nil {
      if format == .npy { texts = try TextsBeside(files[0].path) }
      parts = PromptArrays(
        sinks: ActivationFormat.Part.all.map { name in
          layout.places[name].map { ArraySink(file: files[$0.file], offset: $0.offset) } ?? ArraySink()
        })
    }
    try parts?.add(prompt, tokens)
    try texts?.add(prompt)
  }

  /// Puts the file, and those that go beside it, in place.
  /// - Throws: `StoreError.misfit` where the prompts that were added are not the record's.
  /// - Precondition: the rows of all prompts are written.
  public consuming func finish() throws(StoreError) {
    precondition(
      promptCount == record.promptCount && rowCount == record.rowCount,
      "\(promptCount) of \(record.promptCount) prompts")
    try keep()
    var digests = try parts?.finish() ?? [:]
    guard parts?.isWhole(record) == true, digests[ActivationFormat.Part.texts] == record.promptsSHA256 else {
      throw .misfit(
        path: files[0].path, what: "prompts",
        expected: "\(record.promptCount), SHA-256 \(record.promptsSHA256)",
        actual: "\(parts?.promptCount ?? 0), SHA-256 \(digests[ActivationFormat.Part.texts] ?? "none")",
        hint: "they have changed meanwhile; begin again")
    }
    for (index, point) in record.points.enumerated() {
      digests[point] = hexadecimal(hashes[index].finalized())
    }
    let last = try format.layout(record, path: layout.files[0].path, digests: digests)
    // Files beside the first one come first: what is there then has all its parts.
    try texts?.finish(record)
    for (file, planned) in zip(files, last.files).reversed() { try Self.finish(file, planned) }
  }

  private static func finish(_ file: ResumableFile, _ planned: ArrayLayout.File) throws(StoreError) {
    try outputErrors { () throws(OutputError) in
      try file.resize(to: planned.byteCount)
      for (offset, bytes) in planned.frame { try file.write(bytes.span, at: offset) }
      if planned.isSealed {
        let seal = try Seal.seal(ofBytes: planned.byteCount, leavingOut: planned.arrays) {
          (extent) throws(OutputError) in
          try file.bytes(at: extent.offset, count: extent.count)
        }
        try file.write(Array(seal.utf8).span, at: planned.byteCount)
      }
      try file.commit()
    }
  }
}

/// Collects the texts and tokens of prompts into their arrays.
private struct PromptArrays {
  /// In the order of `ActivationFormat.Part.all`.
  var sinks: [ArraySink]
  var texts = SHA256()
  private(set) var promptCount = 0
  private var tokenCount = 0
  private var textByteCount = 0

  init(sinks: [ArraySink]) {
    self.sinks = sinks
  }

  mutating func add(_ text: String, _ tokens: [Int]) throws(StoreError) {
    if promptCount == 0 { try addOffsets() }
    let bytes = Array(text.utf8)
    texts.update(closing: text)
    for token in tokens { try sinks[2].append(Int32(truncatingIfNeeded: token)) }
    try sinks[3].append(bytes)
    (promptCount, tokenCount) = (promptCount + 1, tokenCount + tokens.count)
    textByteCount += bytes.count
    try addOffsets()
  }

  private mutating func addOffsets() throws(StoreError) {
    try sinks[0].append(Int64(textByteCount))
    try sinks[1].append(Int64(tokenCount))
  }

  mutating func finish() throws(StoreError) -> ArrayDigests {
    var digests = [ActivationFormat.Part.texts: hexadecimal(texts.finalized())]
    for (index, name) in ActivationFormat.Part.all.enumerated() { digests[name] = try sinks[index].finish() }
    return digests
  }

  func isWhole(_ record: ActivationRecord) -> Bool {
    (promptCount, tokenCount, textByteCount)
      == (record.promptCount, record.tokenCount, record.textByteCount)
  }
}

/// An array that is written from its beginning to its end, in pieces of a mebibyte.
private struct ArraySink {
  private let file: ResumableFile?
  private var offset: Int
  private var buffer: [UInt8] = []
  private var hash = SHA256()

  /// One that only counts towards the digest.
  init() { (file, offset) = (nil, 0) }

  init(file: ResumableFile, offset: Int) { (self.file, self.offset) = (file, offset) }

  mutating func append(_ bytes: [UInt8]) throws(StoreError) {
    buffer += bytes
    if buffer.count >= 1 << 20 { try flush() }
  }

  /// Appends a number, little-endian.
  mutating func append(_ number: some FixedWidthInteger) throws(StoreError) {
    for shift in stride(from: 0, to: number.bitWidth, by: 8) {
      buffer.append(UInt8(truncatingIfNeeded: number >> shift))
    }
    if buffer.count >= 1 << 20 { try flush() }
  }

  private mutating func flush() throws(StoreError) {
    let bytes = buffer
    hash.update(bytes.span)
    do throws(OutputError) { try file?.write(bytes.span, at: offset) } catch { throw .output(error) }
    offset += bytes.count
    buffer.removeAll(keepingCapacity: true)
  }

  mutating func finish() throws(StoreError) -> String {
    try flush()
    return hexadecimal(hash.finalized())
  }
}

/// The texts beside an array of numpy, a JSON string a line, and the record.
private struct TextsBeside {
  private let path: String
  private let file: ResumableFile
  private var sink: ArraySink

  init(_ path: String) throws(StoreError) {
    self.path = path
    file = try outputErrors { () throws(OutputError) in
      let file = try ResumableFile(path: NumpyLayout.beside(path, ".texts.jsonl"))
      try file.restart()
      return file
    }
    sink = ArraySink(file: file, offset: 0)
  }

  mutating func add(_ text: String) throws(StoreError) { try sink.append(Self.json(text) + [0x0A]) }

  mutating func finish(_ record: ActivationRecord) throws(StoreError) {
    _ = try sink.finish()
    try outputErrors { () throws(OutputError) in
      try file.commit()
      try OutputFile.write(Self.json(record) + [0x0A], to: NumpyLayout.beside(path, ".json"))
    }
  }

  private static func json(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    return (try? encoder.encode(value)).map { Array($0) } ?? []
  }
}
