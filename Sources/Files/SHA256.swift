internal import COpenSSL

/// SHA-256 of bytes that come piece by piece (FIPS 180-4), computed by the system's libcrypto.
///
/// A value: a copy goes on by itself. Cost: one pass, a third of a second for 500 MB where the processor has instructions for it.
public struct SHA256: Sendable {
  /// The length of a digest in bytes.
  public static let byteCount = 32
  private var state = SHA256_CTX()

  /// The digest of nothing yet.
  public init() { unsafe SHA256_Init(&state) }

  /// Adds bytes.
  public mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe _ = SHA256_Update(&state, $0.baseAddress, $0.count) }
  }

  /// Adds values without padding, as they lie in memory.
  public mutating func update<Value: BitwiseCopyable>(_ values: Span<Value>) { unsafe update(values.bytes) }

  /// Adds a text of a list: its UTF-8, closed by a zero byte.
  package mutating func update(closing text: String) { update((Array(text.utf8) + [0]).span) }

  /// The digest of all bytes so far.
  public func finalized() -> [UInt8] {
    var last = state
    return unsafe [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
      unsafe SHA256_Final(buffer.baseAddress, &last)
      count = Self.byteCount
    }
  }

  /// The digest of bytes in memory.
  public static func digest(of bytes: Span<UInt8>) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalized()
  }
}

/// SHA-256 of bytes in memory, as 64 lower-case hexadecimal digits.
public func sha256Hex(of bytes: [UInt8]) -> String {
  hexadecimal(SHA256.digest(of: bytes.span))
}

/// Two lower-case hexadecimal digits a byte.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
