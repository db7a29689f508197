/// SentencePiece's compiled normalizer: a double-array trie of byte strings and what each becomes.
///
/// Source: `normalizer.cc` of SentencePiece and Darts' double arrays: a 32-bit unit has a label in its low eight bits, an offset
/// in the bits from ten on (shifted by eight more where bit nine is set), and bit eight where a value follows.
public struct CharacterMap: Sendable {
  /// How text is cut before it is looked up.
  public enum Reading: Sendable {
    /// As the `tokenizers` library does it: a cluster of fewer than six bytes as a whole by the *shortest* entry that it
    /// begins with, or else its characters one by one.
    case clusters
    /// As SentencePiece does it: the longest entry at each place.
    case longest
  }

  private let units: [UInt32]
  private let texts: [UInt8]
  private let reading: Reading

  /// - Parameter bytes: the size of the trie in four bytes, the trie, texts that end in zeros.
  /// - Throws: ``TokenizerError/malformedCharacterMap(reason:)``.
  public init(_ bytes: [UInt8], reading: Reading) throws(TokenizerError) {
    func number(at place: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    }
    guard bytes.count >= 4 else {
      throw .malformedCharacterMap(reason: "it has \(bytes.count) bytes, fewer than 4")
    }
    let size = Int(number(at: 0))
    guard size % 4 == 0, size > 0, size <= bytes.count - 4 else {
      throw .malformedCharacterMap(reason: "its trie has \(size) bytes of \(bytes.count - 4)")
    }
    units = stride(from: 4, to: 4 + size, by: 4).map(number)
    texts = Array(bytes[(4 + size)...])
    guard String(validating: texts, as: UTF8.self) != nil else {
      throw .malformedCharacterMap(reason: "its texts are not UTF-8")
    }
    self.reading = reading
  }

  func apply(_ text: [UInt8]) -> [UInt8] {
    switch reading {
    case .clusters: applyToClusters(text)
    case .longest: applyLongest(text)
    }
  }

  private func applyLongest(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    let span = text.span
    var index = 0
    while index < text.count {
      if let match = find(span, from: index, to: text.count, longest: true) {
        appendText(match.value, to: &result)
        index = match.end
        continue
      }
      let (scalar, length) = decodeScalar(span, at: index, limit: text.count)
      if scalar == invalidScalar {
        result.append(scalar: 0xfffd)
      } else {
        for place in index..<(index + length) { result.append(span[place]) }
      }
      index += length
    }
    return result
  }

  private func applyToClusters(_ text: [UInt8]) -> [UInt8] {
    guard let string = String(validating: text, as: UTF8.self) else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    let span = text.span
    var index = 0
    while index < text.count {
      // A run of ASCII before more ASCII is clusters of one byte each, but for the line end of two.
      let byte = span[index]
      if byte < 0x80, byte != 0x0d, index + 1 == text.count || span[index + 1] < 0x80 {
        map(span, index, index + 1, to: &result)
        index += 1
        continue
      }
      let place = string.utf8.index(string.startIndex, offsetBy: index)
      let end = string.utf8.distance(from: string.startIndex, to: string.index(after: place))
      mapCluster(span, index, end, to: &result)
      index = end
    }
    return result
  }

  private func mapCluster(_ text: Span<UInt8>, _ start: Int, _ end: Int, to result: inout [UInt8]) {
    if end - start < 6, let match = find(text, from: start, to: end, longest: false) {
      appendText(match.value, to: &result)
      return
    }
    var index = start
    while index < end {
      let length = decodeScalar(text, at: index, limit: end).length
      map(text, index, index + length, to: &result)
      index += length
    }
  }

  private func map(_ text: Span<UInt8>, _ start: Int, _ end: Int, to result: inout [UInt8]) {
    if let match = find(text, from: start, to: end, longest: false) {
      appendText(match.value, to: &result)
    } else {
      for place in start..<end { result.append(text[place]) }
    }
  }

  private func appendText(_ start: Int, to result: inout [UInt8]) {
    var place = start
    while place < texts.count, texts[place] != 0 {
      result.append(texts[place])
      place += 1
    }
  }

  /// An entry that the text begins with: the place of its text, and where it ends. Units outside of the array are no match.
  private func find(_ text: Span<UInt8>, from start: Int, to end: Int, longest: Bool) -> (
    value: Int, end: Int
  )? {
    var node = offset(units[0])
    var best: (value: Int, end: Int)?
    for index in start..<end {
      let byte = text[index]
      guard byte != 0 else { break }
      node ^= Int(byte)
      guard node < units.count else { break }
      let unit = units[node]
      guard unit & 0x8000_00ff == UInt32(byte) else { break }
      node ^= offset(unit)
      guard node < units.count else { break }
      if unit >> 8 & 1 == 1 {
        let value = Int(units[node] & 0x7fff_ffff)
        guard value <= texts.count else { break }
        best = (value, index + 1)
        if !longest { return best }
      }
    }
    return best
  }

  private func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & 0x200) >> 6)) }
}
