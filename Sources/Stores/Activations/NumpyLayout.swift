/// The layout of `NAME.npy`, one array `[points x rows x d_model]`, with `NAME.tokens.npy` and `NAME.offsets.npy` beside
/// it; the texts and the record lie in `NAME.texts.jsonl` and `NAME.json`.
struct NumpyLayout {
  private let record: ActivationRecord

  init(_ record: ActivationRecord) { self.record = record }

  /// A file beside `NAME.npy`.
  static func beside(_ path: String, _ ending: String) -> String { path.dropLast(".npy".count) + ending }

  func layout(_ path: String) -> ArrayLayout {
    let part = ActivationFormat.Part.self
    var files: [ArrayLayout.File] = []
    var places: [String: ArrayLayout.Place] = [:]
    func add(_ path: String, _ names: [String], _ shape: [Int]) {
      let (type, byteCount, _) = record.array(names[0])
      let header = Self.header(type, shape)
      let total = shape.reduce(byteCount, *)
      for (index, name) in names.enumerated() {
        places[name] = .init(file: files.count, offset: header.count + index * (total / names.count))
      }
      files.append(.init(path: path, frame: [(0, header)], byteCount: header.count + total))
    }
    add(path, record.points, [record.points.count, record.rowCount, record.width])
    add(Self.beside(path, ".tokens.npy"), [part.token], [record.tokenCount])
    add(Self.beside(path, ".offsets.npy"), [part.tokenOffset], [record.promptCount + 1])
    return ArrayLayout(files: files, places: places)
  }

  /// The header of version 1.0, filled up to a multiple of 64 bytes (numpy.lib.format).
  private static func header(_ type: String, _ shape: [Int]) -> [UInt8] {
    let kind = ["F32": "<f4", "F16": "<f2", "I32": "<i4", "I64": "<i8"][type] ?? "|u1"
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(kind)', 'fortran_order': False, 'shape': (\(sizes)), }"
    text += String(repeating: " ", count: (64 - (10 + text.utf8.count + 1) % 64) % 64) + "\n"
    let count = text.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(count & 0xFF), UInt8(count >> 8)] + Array(text.utf8)
  }
}
