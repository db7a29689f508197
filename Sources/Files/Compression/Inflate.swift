/// Takes DEFLATE apart (RFC 1951), the method inside ZIP, gzip and zlib: byte after byte, bounded, no unsafe code.
///
/// About 100 MB of output a second.
struct Inflate {
  private let input: [UInt8]
  /// The next byte that is read into `bits`.
  private var position: Int
  private let end: Int
  private var bits: UInt64 = 0
  private var bitCount = 0
  private var output: [UInt8] = []
  private let limit: Int

  /// Why a stream cannot be taken apart, and the byte of the input where that was noticed.
  struct Fault: Error, Equatable {
    let offset: Int
    let expected: String
    let actual: String
  }

  /// - Parameters:
  ///   - range: where the compressed bytes lie in `input`; they may end before it does.
  ///   - limit: the most bytes of output.
  /// - Returns: the output, and where the input ended.
  static func bytes(
    _ input: [UInt8], in range: Range<Int>, limit: Int
  ) throws(Fault) -> (output: [UInt8], end: Int) {
    var stream = Inflate(input, range, limit)
    while !(try stream.block()) {}
    // Whole bytes that were read ahead are none of the stream's.
    return (stream.output, stream.position - stream.bitCount / 8)
  }

  private init(_ input: [UInt8], _ range: Range<Int>, _ limit: Int) {
    (self.input, position, end, self.limit) = (input, range.lowerBound, range.upperBound, limit)
    output.reserveCapacity(min(limit, 8 * range.count))
  }

  private func fault(_ expected: String, _ actual: String) -> Fault {
    Fault(offset: max(0, position - bitCount / 8), expected: expected, actual: actual)
  }

  // MARK: - Bits

  private mutating func refill() {
    while bitCount <= 56, position < end {
      bits |= UInt64(input[position]) << UInt64(bitCount)
      position += 1
      bitCount += 8
    }
  }

  private mutating func take(_ count: Int) throws(Fault) -> Int {
    if bitCount < count { refill() }
    guard bitCount >= count else { throw fault("\(count) more bits", "the end of the data") }
    let value = Int(bits & ((1 << UInt64(count)) - 1))
    bits >>= UInt64(count)
    bitCount -= count
    return value
  }

  private mutating func symbol(_ code: HuffmanCode) throws(Fault) -> Int {
    if bitCount < 15 { refill() }
    let entry = code.table[Int(bits & UInt64(code.table.count - 1))]
    let length = Int(entry & 15)
    guard length > 0, length <= bitCount else {
      throw fault("a code of the block's", length == 0 ? "bits that are none" : "the end of the data")
    }
    bits >>= UInt64(length)
    bitCount -= length
    return Int(entry >> 4)
  }

  // MARK: - Blocks

  /// Whether it was the last one.
  private mutating func block() throws(Fault) -> Bool {
    let isLast = try take(1) == 1
    switch try take(2) {
    case 0: try stored()
    case 1: try compressed(Self.fixedLiterals, Self.fixedDistances)
    case 2:
      let (literals, distances) = try dynamicCodes()
      try compressed(literals, distances)
    default: throw fault("a block of type 0, 1 or 2", "3")
    }
    return isLast
  }

  private mutating func stored() throws(Fault) {
    _ = try take(bitCount % 8)
    let (count, complement) = (try take(16), try take(16))
    guard count ^ complement == 0xFFFF else { throw fault("a length and its complement", "\(count)") }
    guard output.count + count <= limit else { throw tooLong }
    for _ in 0..<count { output.append(UInt8(try take(8))) }
  }

  private var tooLong: Fault { fault("at most \(limit) bytes of content", "more") }

  private mutating func compressed(_ literals: HuffmanCode, _ distances: HuffmanCode) throws(Fault) {
    while true {
      let symbol = try symbol(literals)
      if symbol < 256 {
        guard output.count < limit else { throw tooLong }
        output.append(UInt8(symbol))
        continue
      }
      if symbol == 256 { return }
      guard symbol - 257 < Self.lengths.count else { throw fault("a length", "symbol \(symbol)") }
      let length = Self.lengths[symbol - 257].base + (try take(Self.lengths[symbol - 257].extra))
      let place = try self.symbol(distances)
      guard place < Self.distances.count else { throw fault("a distance", "symbol \(place)") }
      let distance = Self.distances[place].base + (try take(Self.distances[place].extra))
      guard distance <= output.count else {
        throw fault("a distance within the \(output.count) bytes before", "\(distance)")
      }
      guard output.count + length <= limit else { throw tooLong }
      let start = output.count - distance
      for index in start..<start + length { output.append(output[index]) }
    }
  }

  private mutating func dynamicCodes() throws(Fault) -> (HuffmanCode, HuffmanCode) {
    let (literals, distances) = (try take(5) + 257, try take(5) + 1)
    let count = try take(4) + 4
    var lengthLengths = [Int](repeating: 0, count: 19)
    for place in Self.lengthOrder.prefix(count) { lengthLengths[place] = try take(3) }
    let code = try make(lengthLengths, "code lengths")
    var lengths: [Int] = []
    while lengths.count < literals + distances {
      let symbol = try symbol(code)
      switch symbol {
      case 16:
        guard let last = lengths.last else { throw fault("a length to repeat", "none before") }
        lengths += Array(repeating: last, count: 3 + (try take(2)))
      case 17: lengths += Array(repeating: 0, count: 3 + (try take(3)))
      case 18: lengths += Array(repeating: 0, count: 11 + (try take(7)))
      default: lengths.append(symbol)
      }
    }
    guard lengths.count == literals + distances else {
      throw fault("\(literals + distances) code lengths", "\(lengths.count)")
    }
    return (
      try make(Array(lengths[..<literals]), "literals"), try make(Array(lengths[literals...]), "distances")
    )
  }

  private func make(_ lengths: [Int], _ what: String) throws(Fault) -> HuffmanCode {
    guard let code = HuffmanCode(lengths) else { throw fault("a code of \(what)", "lengths that are none") }
    return code
  }

  // MARK: - Tables of the format

  private static let lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  /// What each symbol stands for at least, and the bits that are added.
  private static let lengths: [(base: Int, extra: Int)] =
    ranges(from: 3, extras: (0..<28).map { $0 < 8 ? 0 : $0 / 4 - 1 }) + [(258, 0)]
  private static let distances = ranges(from: 1, extras: (0..<30).map { $0 < 4 ? 0 : $0 / 2 - 1 })

  private static func ranges(from first: Int, extras: [Int]) -> [(base: Int, extra: Int)] {
    var base = first
    return extras.map { extra in
      defer { base += 1 << extra }
      return (base, extra)
    }
  }

  private static let fixedLiterals = HuffmanCode(
    fixed: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
  private static let fixedDistances = HuffmanCode(fixed: Array(repeating: 5, count: 32))
}

/// A canonical Huffman code as a table over its next bits: `symbol << 4 | length`, 0 where no code begins.
private struct HuffmanCode {
  let table: [UInt16]

  /// nil where the lengths are those of no prefix code. A code of one symbol may leave bits unused, as may one of none.
  init?(_ lengths: [Int]) {
    let longest = max(1, lengths.max() ?? 1)
    guard longest <= 15 else { return nil }
    let used = lengths.reduce(0) { $0 + ($1 > 0 ? 1 << (longest - $1) : 0) }
    let count = lengths.count { $0 > 0 }
    guard used == 1 << longest || (used < 1 << longest && count <= 1) else { return nil }
    self.init(lengths, longest)
  }

  init(fixed lengths: [Int]) { self.init(lengths, lengths.max() ?? 1) }

  private init(_ lengths: [Int], _ longest: Int) {
    var table = [UInt16](repeating: 0, count: 1 << longest)
    var next = 0
    for length in 1...longest {
      for (symbol, own) in lengths.enumerated() where own == length {
        // Codes are read from their first bit, the table is entered by the last.
        var reversed = 0
        for bit in 0..<length where next >> bit & 1 == 1 { reversed |= 1 << (length - 1 - bit) }
        for place in stride(from: reversed, to: table.count, by: 1 << length) {
          table[place] = UInt16(symbol << 4 | length)
        }
        next += 1
      }
      next <<= 1
    }
    self.table = table
  }
}
