/// Numbers of 16 bits (IEEE 754 binary16), as their bits.
public enum HalfPrecision {
  /// The largest number that 16 bits hold.
  public static let largest: Float = 65504

  /// Rounds to the nearest, ties to even; what is above ``largest`` by more than half a step becomes infinite, as
  /// IEEE 754 has it.
  public static func rounded(_ values: Span<Float>) -> [UInt16] {
    unsafe [UInt16](unsafeUninitializedCapacity: values.count) { buffer, count in
      for index in values.indices { unsafe buffer[index] = bits(of: values[index]) }
      count = values.count
    }
  }

  /// Exact: every such number is a `Float`.
  public static func floats(_ bits: Span<UInt16>) -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: bits.count) { buffer, count in
      for index in bits.indices { unsafe buffer[index] = float(bits[index]) }
      count = bits.count
    }
  }

  @inline(__always)
  static func bits(of value: Float) -> UInt16 {
    let all = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: all >> 16) & 0x8000
    let magnitude = all & 0x7FFF_FFFF
    if magnitude >= 0x4780_0000 {
      // 2^16 and more, infinity, NaN.
      return sign | (magnitude > 0x7F80_0000 ? 0x7E00 : 0x7C00)
    }
    if magnitude < 0x3880_0000 {
      // Subnormal: adding 1/2 leaves the rounded multiple of 2^-24 in the low bits.
      let shifted = Float(bitPattern: magnitude) + 0.5
      return sign | UInt16(truncatingIfNeeded: shifted.bitPattern &- 0x3F00_0000)
    }
    let odd = magnitude >> 13 & 1
    return sign | UInt16(truncatingIfNeeded: (magnitude &- 0x3800_0000 &+ 0xFFF &+ odd) >> 13)
  }

  @inline(__always)
  static func float(_ bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7FFF) << 13
    let sign = UInt32(bits & 0x8000) << 16
    if bits & 0x7C00 == 0x7C00 { return Float(bitPattern: sign | 0x7F80_0000 | magnitude) }
    // Multiplying by 2^112 mends the exponent, also of subnormal numbers.
    let scaled = Float(bitPattern: magnitude) * Float(bitPattern: 0x7780_0000)
    return Float(bitPattern: scaled.bitPattern | sign)
  }
}

/// The upper 16 bits of an f32 (bfloat16), as bits: its range, with 8 binary digits.
public enum BFloat16 {
  /// Rounds to the nearest, ties to even; NaN stays NaN.
  public static func rounded(_ values: Span<Float>) -> [UInt16] {
    unsafe [UInt16](unsafeUninitializedCapacity: values.count) { buffer, count in
      for index in values.indices {
        let all = values[index].bitPattern
        let odd = all >> 16 & 1
        unsafe buffer[index] = UInt16(
          truncatingIfNeeded: (values[index].isNaN ? all | 0x40_0000 : all &+ 0x7FFF &+ odd) >> 16)
      }
      count = values.count
    }
  }

  /// Exact: every such number is a `Float`.
  public static func floats(_ bits: Span<UInt16>) -> [Float] {
    unsafe [Float](unsafeUninitializedCapacity: bits.count) { buffer, count in
      for index in bits.indices { unsafe buffer[index] = Float(bitPattern: UInt32(bits[index]) << 16) }
      count = bits.count
    }
  }
}
