/// GPT-2's printable stand-ins for bytes: each byte is one character of a token's form (space is `Ġ`).
///
/// Printable Latin-1 bytes stand for themselves, the other 68 for U+0100 onward in byte order.
enum ByteLevelAlphabet {
  /// The character that stands for each byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (0...255).map { (byte: UInt32) in
      if isPrintable(byte) { return Unicode.Scalar(UInt8(byte)) }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? "?"
    }
  }()

  /// The same in UTF-8.
  static let utf8: [[UInt8]] = scalars.map { Array(String($0).utf8) }

  /// The byte for each of the code points below U+0144; -1 where there is none.
  private static let bytes: [Int16] = {
    var table = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { table[Int(scalar.value)] = Int16(byte) }
    return table
  }()

  /// The bytes of text that a form stands for; nil if it holds a character outside the alphabet.
  static func decode(_ form: String) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(form.utf8.count)
    for scalar in form.unicodeScalars {
      guard scalar.value < bytes.count, bytes[Int(scalar.value)] >= 0 else { return nil }
      result.append(UInt8(bytes[Int(scalar.value)]))
    }
    return result
  }

  private static func isPrintable(_ byte: UInt32) -> Bool {
    (0x21...0x7e).contains(byte) || (0xa1...0xac).contains(byte) || (0xae...0xff).contains(byte)
  }
}
