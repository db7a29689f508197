package import Files
internal import Foundation
package import Tensors

/// A NumPy array (`.npy`): a header in Python's notation, then numbers or text.
///
/// Read are arrays of floating-point numbers and of text (`<U…`), in C or Fortran order; all dimensions but the last are rows.
/// A file is mapped, a member of an `.npz` in memory. Checked when it is opened: version, header, and that the elements fill the file exactly.
/// Source: NumPy's format description, versions 1.0 to 3.0.
package struct NumpyFile {
  /// How the file writes an element.
  private enum Element: Equatable {
    case half, single, double
    /// UTF-32, so many characters each, padded with zeros.
    case text(Int)

    /// - Parameter code: without the byte order: `f4`, `U12`.
    init?(_ code: Substring) {
      switch code {
      case "f2": self = .half
      case "f4": self = .single
      case "f8": self = .double
      default:
        guard code.first == "U", let count = Int(code.dropFirst()), (1...1 << 20).contains(count) else {
          return nil
        }
        self = .text(count)
      }
    }

    var bytes: Int {
      switch self {
      case .half: 2
      case .single: 4
      case .double: 8
      case .text(let count): 4 * count
      }
    }
  }

  /// Where the bytes are.
  private enum Source {
    case mapped(MappedFile)
    case memory([UInt8])

    var count: Int {
      switch self {
      case .mapped(let file): file.count
      case .memory(let bytes): bytes.count
      }
    }

    /// nil beyond the end.
    func bytes(at offset: Int, count: Int) -> [UInt8]? {
      switch self {
      case .mapped(let file): return file.bytes(at: offset, count: count)
      case .memory(let bytes):
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else {
          return nil
        }
        return Array(bytes[offset..<offset + count])
      }
    }
  }

  package let rows: Int
  package let columns: Int
  private let element: Element
  private let isBigEndian: Bool
  private let isFortranOrder: Bool
  private let start: Int
  private let source: Source

  package init(path: String) throws {
    try self.init(.mapped(MappedFile(path: path)), path: path)
  }

  /// A member of an archive.
  package init(_ bytes: [UInt8], path: String) throws(FileError) {
    try self.init(.memory(bytes), path: path)
  }

  private init(_ source: Source, path: String) throws(FileError) {
    func fault(_ what: String, _ expected: String, _ actual: String, at offset: Int = 0) -> FileError {
      .malformed(path: path, offset: offset, what: what, expected: expected, actual: actual)
    }
    guard let head = source.bytes(at: 0, count: 10), head.prefix(6) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
    else {
      throw FileError.otherKind(
        path: path, expected: "a NumPy array",
        FileKind(source.bytes(at: 0, count: min(4096, source.count)) ?? []))
    }
    guard (1...3).contains(head[6]) else {
      throw fault("version", "1, 2 or 3", "\(head[6])", at: 6)
    }
    let lengthBytes = head[6] == 1 ? 2 : 4
    let length = source.bytes(at: 8, count: lengthBytes)?.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard let length, let bytes = source.bytes(at: 8 + lengthBytes, count: length),
      let text = String(validating: bytes, as: UTF8.self)
    else {
      throw fault(
        "header", "text inside the file", "\(length ?? 0) bytes of a file of \(source.count)", at: 8)
    }
    let header = NumpyHeader(text)
    guard let type = header.type, let order = type.first, "<>".contains(order),
      let element = Element(type.dropFirst())
    else {
      throw fault(
        "descr", "<f2, <f4 or <f8 (floating point), or <U (text)", header.type ?? "nothing", at: 10)
    }
    guard let isFortranOrder = header.isFortranOrder else {
      throw fault("fortran_order", "True or False", "nothing", at: 10)
    }
    guard let shape = header.shape, !shape.isEmpty else {
      throw fault("shape", "one dimension or more", "\(header.shape.map { "\($0)" } ?? "nothing")", at: 10)
    }
    guard !isFortranOrder || shape.count <= 2 else {
      throw fault(
        "fortran_order", "False for \(shape.count) dimensions (save numpy.ascontiguousarray of it)", "True",
        at: 10)
    }
    start = 8 + lengthBytes + length
    var size = element.bytes
    for dimension in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw fault("shape", "less than 2^63 bytes", "\(shape)", at: 10) }
      size = product
    }
    guard size == source.count - start, size > 0 else {
      throw fault(
        "numbers", "\(size) bytes for the shape \(shape), and some", "\(source.count - start)", at: start)
    }
    columns = shape.last ?? 0
    rows = shape.dropLast().reduce(1, *)
    (self.element, self.source, self.isFortranOrder) = (element, source, isFortranOrder)
    isBigEndian = order == ">"
  }

  /// Whether it holds text and no numbers.
  package var isText: Bool { if case .text = element { true } else { false } }

  /// One row as Float.
  /// - Precondition: a row of an array of numbers.
  package func row(_ row: Int) -> [Float] {
    precondition((0..<rows).contains(row), "row \(row) of \(rows)")
    guard isFortranOrder else { return numbers(at: row * columns, count: columns) }
    return (0..<columns).flatMap { numbers(at: $0 * rows + row, count: 1) }
  }

  /// All numbers as Float.
  /// - Precondition: an array of numbers.
  package var matrix: Matrix<Float> {
    let all = numbers(at: 0, count: rows * columns)
    return isFortranOrder
      ? Matrix(rows: columns, columns: rows, elements: all).transposed()
      : Matrix(rows: rows, columns: columns, elements: all)
  }

  /// All texts, in the order of the file; nil where a character is none.
  /// - Precondition: an array of text.
  package var texts: [String]? {
    guard case .text(let length) = element else { preconditionFailure("an array of numbers, not of text") }
    let count = rows * columns
    let scalars: [UInt32] = numberBits(bytes(at: 0, count: count), isBigEndian: isBigEndian)
    var texts: [String] = []
    for index in 0..<count {
      let own = scalars[index * length..<(index + 1) * length]
      var text = String.UnicodeScalarView()
      for value in own[..<(own.lastIndex { $0 != 0 }.map { $0 + 1 } ?? own.startIndex)] {
        guard let scalar = Unicode.Scalar(value) else { return nil }
        text.append(scalar)
      }
      texts.append(String(text))
    }
    return texts
  }

  private func numbers(at first: Int, count: Int) -> [Float] {
    let bytes = bytes(at: first, count: count)
    switch element {
    case .half: return HalfPrecision.floats((numberBits(bytes, isBigEndian: isBigEndian) as [UInt16]).span)
    case .single: return singles(bytes, isBigEndian: isBigEndian)
    case .double: return roundedDoubles(bytes, isBigEndian: isBigEndian)
    case .text: preconditionFailure("an array of text, not of numbers")
    }
  }

  /// Of some elements; their bounds were checked when the file was opened.
  private func bytes(at first: Int, count: Int) -> [UInt8] {
    source.bytes(at: start + first * element.bytes, count: count * element.bytes) ?? []
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
