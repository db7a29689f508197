internal import Crypto

/// SHA-256 of bytes in memory, as 64 lower-case hexadecimal digits.
public func sha256Hex(of bytes: [UInt8]) -> String {
  hexadecimal(SHA256.hash(data: bytes))
}

/// Two lower-case hexadecimal digits a byte.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
