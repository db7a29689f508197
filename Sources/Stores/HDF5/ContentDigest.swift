import Files

/// SHA-256 of a dataset's content, as its `sha256` attribute states it: numbers as little-endian bytes in
/// row-major order, each string as its UTF-8 bytes and a zero byte.
struct ContentDigest {
  private var hash = SHA256()

  mutating func update<Element: HDF5Number>(_ elements: [Element]) {
    hash.update(elements.span)
  }

  mutating func update(_ strings: [String]) {
    var bytes: [UInt8] = []
    for string in strings {
      bytes.append(contentsOf: string.utf8)
      bytes.append(0)
    }
    update(bytes)
  }

  /// The digest of strings alone.
  static func of(_ strings: [String]) -> String {
    var digest = ContentDigest()
    digest.update(strings)
    return digest.finalized()
  }

  /// 64 lower-case hexadecimal digits.
  func finalized() -> String { hexadecimal(hash.finalized()) }
}
