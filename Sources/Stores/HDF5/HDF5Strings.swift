import CHDF5

/// How text lies in a file.
enum TextType {
  /// UTF-8 of one length, padded with zero bytes.
  static let fixed = "text"
  /// In the library's heaps: only files of version 1, and those of other tools, have such text; see `GlobalHeaps`.
  static let variable = "text of variable length"
}

extension HDF5File {
  /// Writes text padded to the longest, UTF-8: a list, or one string where `shape` is empty.
  func write(strings: [String], shape: [Int], element: String) throws(StoreError) -> Handle {
    let place = place(element)
    let text = try PaddedStrings(strings, place: place)
    let type = try Handle.open(place, "create the text type") { sextant_h5t_text(text.width) }
    let dataset = try createDataset(element, type: type, shape: shape)
    guard !strings.isEmpty else { return dataset }
    let id = dataset.id
    try HDF5.call(place, "write") {
      unsafe H5Dwrite(id, type.id, sextant_h5s_all(), sextant_h5s_all(), sextant_h5p_default(), text.bytes)
    }
    return dataset
  }

  /// Reads text of one length.
  /// - Parameter width: bytes of each, as the file's description has it, which bounds it by the file's size.
  func readStrings(_ element: String, count: Int, width: Int) throws(StoreError) -> [String] {
    let place = place(element)
    guard count > 0 else { return [] }
    let dataset = try openDataset(element)
    let type = try Handle.open(place, "open the type") { H5Dget_type(dataset.id) }
    try requirePoints(count, of: dataset, place: place)
    let size = try HDF5.call(place, "read the type's size") { H5Tget_size(type.id) }
    guard size == width else { throw place.malformed("text", expected: "\(width) bytes", actual: "\(size)") }
    var bytes = [UInt8](repeating: 0, count: count * width)
    try HDF5.call(place, "read text") {
      unsafe H5Dread(
        dataset.id, type.id, sextant_h5s_all(), sextant_h5s_all(), sextant_h5p_default(), &bytes)
    }
    return try (0..<count).map { index throws(StoreError) in
      try PaddedStrings.text(bytes[index * width..<(index + 1) * width], index: index, place: place)
    }
  }
}

/// Strings of one width, padded with zero bytes.
struct PaddedStrings {
  /// What padding may make of one long string among many.
  private static let byteLimit = 512 << 20

  /// At least 1, as HDF5 wants it.
  let width: Int
  private(set) var bytes: [UInt8] = []

  /// - Throws: when a string contains U+0000, which padded text cannot hold, or they are too long and too many.
  init(_ strings: [String], place: Place) throws(StoreError) {
    width = max(1, strings.map(\.utf8.count).max() ?? 1)
    guard strings.count <= max(1, Self.byteLimit / width) else {
      throw place.malformed(
        "text", expected: "at most \(Self.byteLimit) bytes when padded",
        actual: "\(strings.count) strings of \(width)")
    }
    bytes.reserveCapacity(width * strings.count)
    for (index, string) in strings.enumerated() {
      guard !string.utf8.contains(0) else {
        throw place.malformed("text \(index)", expected: "no U+0000", actual: "U+0000")
      }
      bytes += string.utf8
      bytes += [UInt8](repeating: 0, count: (index + 1) * width - bytes.count)
    }
  }

  /// A padded string without its padding.
  static func text(_ bytes: ArraySlice<UInt8>, index: Int = 0, place: Place) throws(StoreError) -> String {
    guard let text = String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self) else {
      throw place.malformed("text \(index)", expected: "valid UTF-8", actual: "other bytes")
    }
    return text
  }
}
