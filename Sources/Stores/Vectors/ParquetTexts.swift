package import Files

/// The texts of a Parquet file's first column: what pandas writes for an index of words.
///
/// Read are columns of byte arrays that are not nested, plain or by dictionary, uncompressed, Snappy or gzip, in data pages of version 1. Other
/// files are refused by name of what they have. Source: Apache Parquet's format description.
package struct ParquetTexts {
  private let bytes: [UInt8]
  private let path: String

  /// - Returns: a text a row.
  package static func read(_ bytes: [UInt8], path: String) throws(FileError) -> [String] {
    try ParquetTexts(bytes: bytes, path: path).texts()
  }

  private func fault(_ offset: Int, _ what: String, _ expected: String, _ actual: String) -> FileError {
    .malformed(path: path, offset: offset, what: what, expected: expected, actual: actual)
  }

  private func texts() throws(FileError) -> [String] {
    let magic = Array("PAR1".utf8)
    guard bytes.count > 12, bytes.starts(with: magic), Array(bytes.suffix(4)) == magic else {
      throw fault(0, "file", "a Parquet file", "other bytes")
    }
    let length = little(bytes.count - 8, 4)
    guard length <= bytes.count - 12 else {
      throw fault(bytes.count - 8, "footer", "one inside the file", "\(length)")
    }
    let start = bytes.count - 8 - length
    var reader = ThriftReader(bytes, in: start..<bytes.count - 8)
    guard let footer = reader.structure(), let schema = footer[2]?.list, schema.count >= 2,
      let rows = footer[3]?.integer, let groups = footer[4]?.list
    else { throw fault(start, "footer", "a schema, rows and row groups", "others") }
    let isOptional = schema[1][3]?.integer == 1
    guard schema[1][1]?.integer == 6, schema[1][5] == nil, schema[1][3]?.integer != 2 else {
      throw fault(start, "first column", "text that is not nested", "another type")
    }
    var texts: [String] = []
    for group in groups {
      guard let column = group[1]?.list?.first?[3], let count = column[5]?.integer else {
        throw fault(start, "row group", "a column with its metadata", "none")
      }
      try append(column, count: count, isOptional: isOptional, to: &texts)
    }
    guard texts.count == rows else { throw fault(start, "rows", "\(rows)", "\(texts.count)") }
    return texts
  }

  /// - Precondition: inside the bytes.
  private func little(_ offset: Int, _ count: Int) -> Int { Self.little(bytes, offset, count) }

  private static func little(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
    bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  // MARK: - Pages

  private func append(
    _ column: ThriftValue, count: Int, isOptional: Bool, to texts: inout [String]
  ) throws(FileError) {
    guard let data = column[9]?.integer, let codec = column[4]?.integer else {
      throw fault(0, "column", "an offset and a codec", "none")
    }
    var position = min(data, column[11]?.integer ?? data)
    var dictionary: [String] = []
    let end = texts.count + count
    while texts.count < end {
      guard position >= 4, position < bytes.count - 8 else {
        throw fault(position, "page", "one inside the file", "none")
      }
      var reader = ThriftReader(bytes, in: position..<bytes.count - 8)
      guard let header = reader.structure(), let size = header[3]?.integer, let full = header[2]?.integer,
        size >= 0, size <= bytes.count - 8 - reader.position
      else { throw fault(position, "page", "a header and data inside the file", "others") }
      let page = try content(reader.position..<reader.position + size, full, codec)
      let place = position
      position = reader.position + size
      switch header[1]?.integer {
      case 2:
        guard let values = header[7]?[1]?.integer else { throw fault(place, "dictionary", "a count", "none") }
        dictionary = try plain(page, from: 0, values, place)
      case 0:
        guard let values = header[5]?[1]?.integer, let encoding = header[5]?[2]?.integer,
          values <= end - texts.count
        else { throw fault(place, "page", "a count of values that are left, and an encoding", "others") }
        var start = 0
        if isOptional {
          guard page.count >= 4 else { throw fault(place, "page", "definition levels", "none") }
          let levelBytes = Self.little(page, 0, 4)
          start = 4 + levelBytes
          guard start <= page.count,
            try hybrid(page, 4..<start, width: 1, count: values, place).allSatisfy({ $0 == 1 })
          else { throw fault(place, "page", "a text in each row", "a missing one") }
        }
        switch encoding {
        case 0: texts += try plain(page, from: start, values, place)
        case 2, 8:
          guard start < page.count, page[start] <= 32 else {
            throw fault(place, "page", "a width of bits", "none")
          }
          let width = Int(page[start])
          for index in try hybrid(page, start + 1..<page.count, width: width, count: values, place) {
            guard index < dictionary.count else {
              throw fault(place, "page", "one of \(dictionary.count) words", "\(index)")
            }
            texts.append(dictionary[index])
          }
        default: throw fault(place, "page", "a plain or dictionary encoding", "encoding \(encoding)")
        }
      default: throw fault(place, "page", "a dictionary or a data page of version 1", "another kind")
      }
    }
  }

  private func content(_ range: Range<Int>, _ count: Int, _ codec: Int) throws(FileError) -> [UInt8] {
    let packed = bytes[range]
    let content: [UInt8]?
    switch codec {
    case 0: content = Array(packed)
    case 1: content = Snappy.content(packed, limit: count)
    case 2: content = try Compressed.gzip(Array(packed), path: path)
    default:
      throw fault(range.lowerBound, "compression", "none, Snappy or gzip", "codec \(codec)")
    }
    guard let content, content.count == count else {
      throw fault(range.lowerBound, "page", "\(count) bytes of content", "data that are damaged")
    }
    return content
  }

  /// Texts with their lengths in front.
  private func plain(_ page: [UInt8], from start: Int, _ count: Int, _ place: Int) throws(FileError)
    -> [String]
  {
    var texts: [String] = []
    var position = start
    for _ in 0..<count {
      guard position + 4 <= page.count else { throw fault(place, "page", "\(count) texts", "\(texts.count)") }
      let length = Self.little(page, position, 4)
      position += 4
      guard length <= page.count - position,
        let text = String(validating: page[position..<position + length], as: UTF8.self)
      else { throw fault(place, "page", "UTF-8 text", "other bytes") }
      texts.append(text)
      position += length
    }
    return texts
  }

  /// Runs of one value, and values packed in bits by eights.
  private func hybrid(
    _ page: [UInt8], _ range: Range<Int>, width: Int, count: Int, _ place: Int
  ) throws(FileError) -> [Int] {
    var values: [Int] = []
    var position = range.lowerBound
    while values.count < count {
      var (head, shift) = (0, 0)
      while true {
        guard position < range.upperBound, shift < 35 else {
          throw fault(place, "page", "\(count) values", "\(values.count)")
        }
        head |= Int(page[position] & 127) << shift
        position += 1
        if page[position - 1] < 128 { break }
        shift += 7
      }
      let size = head & 1 == 1 ? (head >> 1) * width : (width + 7) / 8
      guard size <= range.upperBound - position else {
        throw fault(place, "page", "\(count) values", "\(values.count)")
      }
      if head & 1 == 0 {
        let value = Self.little(page, position, size)
        values += Array(repeating: value, count: min(head >> 1, count - values.count))
      } else {
        for index in 0..<min((head >> 1) * 8, count - values.count) {
          var value = 0
          for bit in 0..<width {
            let at = index * width + bit
            value |= Int(page[position + at / 8] >> UInt8(at % 8) & 1) << bit
          }
          values.append(value)
        }
      }
      position += size
    }
    return values
  }
}
