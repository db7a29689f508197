internal import COpenSSL

/// What git calls a file's content by: SHA-1 of `blob SIZE`, a zero byte and the bytes (FIPS 180-4, Git Internals), computed by the
/// system's libcrypto. It tells damage; it is no proof against who wants two files of one hash.
package struct GitBlobHash {
  private var state = SHA_CTX()

  /// Of a content that will be `size` bytes long.
  package init(size: Int) {
    unsafe SHA1_Init(&state)
    let head = Array("blob \(size)".utf8) + [0]
    update(head.span)
  }

  /// Adds bytes.
  package mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe _ = SHA1_Update(&state, $0.baseAddress, $0.count) }
  }

  /// The same for bytes in memory.
  package mutating func update(_ bytes: Span<UInt8>) { unsafe update(bytes.bytes) }

  /// The hash of all bytes so far, as 40 lower-case hexadecimal digits.
  package func finalized() -> String {
    var last = state
    return hexadecimal(
      unsafe [UInt8](unsafeUninitializedCapacity: 20) { buffer, count in
        unsafe SHA1_Final(buffer.baseAddress, &last)
        count = 20
      })
  }
}
