import Crypto
import Foundation
import Glibc

/// SHA-256 of bytes in memory, as 64 lower-case hexadecimal digits.
public func sha256Hex(of bytes: [UInt8]) -> String {
  hexadecimal(SHA256.hash(data: bytes))
}

extension MappedFile {
  /// SHA-256 of the whole file, as 64 lower-case hexadecimal digits.
  ///
  /// Streams the mapping and gives its pages back as it goes, so resident memory stays small.
  /// Cost: one pass, about a second for 500 MB.
  public func sha256() -> String {
    var hash = SHA256()
    let chunk = 4 << 20
    withBytes { bytes in
      for start in stride(from: 0, to: bytes.byteCount, by: chunk) {
        let part = bytes.extracting(start..<min(start + chunk, bytes.byteCount))
        unsafe part.withUnsafeBytes { pointer in
          unsafe hash.update(bufferPointer: pointer)
          _ = unsafe madvise(
            UnsafeMutableRawPointer(mutating: pointer.baseAddress), pointer.count, MADV_DONTNEED)
        }
      }
    }
    return hexadecimal(hash.finalize())
  }
}

private func hexadecimal(_ digest: SHA256.Digest) -> String {
  let digits = Array("0123456789abcdef".utf8)
  var text: [UInt8] = []
  for byte in digest {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return String(decoding: text, as: UTF8.self)
}
