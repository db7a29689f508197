/// The numbers that bytes hold one after the other, as the bits of each.
///
/// Cost: one pass over the bytes.
/// - Parameter bytes: a whole number of numbers, the least significant byte of each first, or last if they are big-endian.
func numberBits<Bits: FixedWidthInteger & UnsignedInteger>(
  _ bytes: [UInt8], isBigEndian: Bool = false
) -> [Bits] {
  let size = Bits.bitWidth / 8
  return stride(from: 0, to: bytes.count, by: size).map { place in
    var bits = Bits.zero
    for offset in 0..<size {
      bits |= Bits(bytes[place + offset]) &<< Bits(8 * (isBigEndian ? size - 1 - offset : offset))
    }
    return bits
  }
}

/// F32 numbers of bytes as `numberBits` takes them.
func singles(_ bytes: [UInt8], isBigEndian: Bool = false) -> [Float] {
  (numberBits(bytes, isBigEndian: isBigEndian) as [UInt32]).map { Float(bitPattern: $0) }
}

/// The same of F64 numbers, rounded to F32.
func roundedDoubles(_ bytes: [UInt8], isBigEndian: Bool = false) -> [Float] {
  (numberBits(bytes, isBigEndian: isBigEndian) as [UInt64]).map { Float(Double(bitPattern: $0)) }
}
