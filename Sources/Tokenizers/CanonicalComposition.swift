import Foundation

/// The canonical composition (NFC) of UTF-8 text; nil where the text has nothing to compose, or is not valid.
func canonicallyComposed(_ text: Span<UInt8>, from start: Int, to end: Int) -> [UInt8]? {
  // Below U+0300, whose lead byte is 0xcc, nothing composes with its neighbour.
  guard (start..<end).contains(where: { text[$0] >= 0xcc }) else { return nil }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(end - start)
  for index in start..<end { bytes.append(text[index]) }
  guard let string = String(validating: bytes, as: UTF8.self) else { return nil }
  return Array(string.precomposedStringWithCanonicalMapping.utf8)
}
