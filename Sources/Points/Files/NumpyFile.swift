internal import Files
internal import Foundation
internal import Tensors

/// A NumPy array (`.npy`), mapped: a header in Python's notation, then the numbers.
///
/// Read are floating-point arrays in C order; all dimensions but the last are rows. Checked when it is opened: version, header, and
/// that the numbers fill the file exactly. Source: NumPy's format description, versions 1.0 to 3.0.
struct NumpyFile {
  /// How the file writes a number.
  enum Number: String {
    case half = "f2"
    case single = "f4"
    case double = "f8"

    var bytes: Int {
      switch self {
      case .half: 2
      case .single: 4
      case .double: 8
      }
    }
  }

  let rows: Int
  let columns: Int
  private let number: Number
  private let isBigEndian: Bool
  private let start: Int
  private let file: MappedFile

  init(path: String) throws {
    let file = try MappedFile(path: path)
    func fault(_ what: String, _ expected: String, _ actual: String, at offset: Int = 0) -> FileError {
      .malformed(path: path, offset: offset, what: what, expected: expected, actual: actual)
    }
    guard let head = file.bytes(at: 0, count: 10), head.prefix(6) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
    else {
      throw FileError.otherKind(
        path: path, expected: "a NumPy array", FileKind(file.bytes(at: 0, count: min(4096, file.count)) ?? [])
      )
    }
    guard (1...3).contains(head[6]) else {
      throw fault("version", "1, 2 or 3", "\(head[6])", at: 6)
    }
    let lengthBytes = head[6] == 1 ? 2 : 4
    let length = lengthBytes == 2 ? file.uint16(at: 8).map(Int.init) : file.uint32(at: 8).map(Int.init)
    guard let length, let text = file.text(at: 8 + lengthBytes, count: length), let text else {
      throw fault("header", "text inside the file", "\(length ?? 0) bytes of a file of \(file.count)", at: 8)
    }
    let header = NumpyHeader(text)
    guard let type = header.type, type.count == 3, let number = Number(rawValue: String(type.dropFirst())),
      "<>".contains(type.first ?? " ")
    else {
      throw fault("descr", "<f2, <f4 or <f8 (floating point)", header.type ?? "nothing", at: 10)
    }
    guard header.isFortranOrder == false else {
      throw fault(
        "fortran_order", "False (save numpy.ascontiguousarray of it)",
        "\(header.isFortranOrder.map { $0 ? "True" : "False" } ?? "nothing")", at: 10)
    }
    guard let shape = header.shape, !shape.isEmpty else {
      throw fault("shape", "one dimension or more", "\(header.shape.map { "\($0)" } ?? "nothing")", at: 10)
    }
    start = 8 + lengthBytes + length
    var bytes = number.bytes
    for dimension in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw fault("shape", "less than 2^63 bytes", "\(shape)", at: 10) }
      bytes = product
    }
    guard bytes == file.count - start, bytes > 0 else {
      throw fault(
        "numbers", "\(bytes) bytes for the shape \(shape), and some", "\(file.count - start)", at: start)
    }
    columns = shape.last ?? 0
    rows = shape.dropLast().reduce(1, *)
    (self.number, self.file) = (number, file)
    isBigEndian = type.first == ">"
  }

  /// One row as Float.
  /// - Precondition: a row of the array.
  func row(_ row: Int) -> [Float] {
    precondition((0..<rows).contains(row), "row \(row) of \(rows)")
    let first = start + row * columns * number.bytes
    /// The bits of each number, by a reader of its size.
    func bits<Bits: FixedWidthInteger>(_ read: (Int) -> Bits?) -> [Bits] {
      (0..<columns).map { column in
        let bits = read(first + column * number.bytes) ?? 0
        return isBigEndian ? bits.byteSwapped : bits
      }
    }
    return switch number {
    case .half: HalfPrecision.floats(bits(file.uint16).span)
    case .single: bits(file.uint32).map { Float(bitPattern: $0) }
    case .double: bits(file.uint64).map { Float(Double(bitPattern: $0)) }
    }
  }
}

/// The three entries of the header, which is a Python dict written by `repr`; nil where one is missing or odd.
private struct NumpyHeader {
  var type: String?
  var isFortranOrder: Bool?
  var shape: [Int]?

  init(_ text: String) {
    type = text.firstMatch(of: /'descr'\s*:\s*'([^']*)'/).map { String($0.1) }
    isFortranOrder = text.firstMatch(of: /'fortran_order'\s*:\s*(True|False)/).map { $0.1 == "True" }
    shape = text.firstMatch(of: /'shape'\s*:\s*\(([0-9, ]*)\)/).flatMap { match in
      let words = match.1.split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
      let numbers = words.compactMap { Int($0) }
      return numbers.count == words.count ? numbers : nil
    }
  }
}
