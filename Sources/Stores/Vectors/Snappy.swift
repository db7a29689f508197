/// Snappy's raw format: copies of earlier output between literals. Source: Google's format description.
enum Snappy {
  /// - Parameter limit: the most bytes of content.
  /// - Returns: nil for bytes that are none.
  static func content(_ input: ArraySlice<UInt8>, limit: Int) -> [UInt8]? {
    var position = input.startIndex
    func bytes(_ count: Int) -> Int? {
      guard count <= input.endIndex - position else { return nil }
      defer { position += count }
      return input[position..<position + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    var (length, shift) = (0, 0)
    while true {
      guard shift < 35, let byte = bytes(1) else { return nil }
      length |= (byte & 127) << shift
      shift += 7
      if byte < 128 { break }
    }
    guard length <= limit else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(length)
    while position < input.endIndex {
      guard let tag = bytes(1) else { return nil }
      let kind = tag & 3
      if kind == 0 {
        var count = tag >> 2
        if count >= 60 {
          guard let long = bytes(count - 59) else { return nil }
          count = long
        }
        count += 1
        guard count <= input.endIndex - position, output.count + count <= length else { return nil }
        output += input[position..<position + count]
        position += count
      } else {
        let count = kind == 1 ? (tag >> 2 & 7) + 4 : tag >> 2 + 1
        guard let low = bytes(kind == 1 ? 1 : kind == 2 ? 2 : 4) else { return nil }
        let distance = kind == 1 ? (tag >> 5) << 8 | low : low
        guard distance > 0, distance <= output.count, output.count + count <= length else { return nil }
        let start = output.count - distance
        for index in start..<start + count { output.append(output[index]) }
      }
    }
    return output.count == length ? output : nil
  }
}
