import Files
import Foundation
import Testing

/// What zlib and gzip of Python made of one text, by each way of DEFLATE.
@Suite struct CompressionTests {
  private static let text: [UInt8] = {
    let characters = (0..<400).map { Character(Unicode.Scalar(UInt8(33 + $0 * 7 % 90))) }
    return Array(
      (String(repeating: "the cat sat on the mat. ", count: 20) + "ünïcode " + String(characters)).utf8)
  }()

  /// Fixed codes, and codes of its own.
  private static let zlib = [
    "eAEryUhVSE4sUSgG4vw8hRIgNzexRA/MGBUf+uFweE/e4fXJ+SmpCooa+ma2Lt5BkQnpeaVKmgbmdq4+wVGJGfllylqGFvZuviHRSZkF5SraRpYO7n6hMclZhRWqOsZWjh7+YbEp2UWVarom1k6eAeFxqTnFVep6pjbOXoER8Wm5JaMmkxMaACkgHwo=",
    "eNoryUhVSE4sUSgG4vw8hRIgNzexRA/MGBUf+uKH9+QdXp+cn5KqoKihb2br4h0UmZCeV6qkaWBu5+oTHJWYkV+mrGVoYe/mGxKdlFlQrqJtZOng7hcak5xVWKGqY2zl6OEfFpuSXVSppmti7eQZEB6XmlNcpa5nauPsFRgRn5ZbMmoyOSYDACkgHwo=",
  ]
  private static let gzip =
    "H4sIAAAAAAACAyvJSFVITixRKAbi/DyFEiA3N7FED8wYFR/64of35B1en5yfkqqgqKFvZuviHRSZkJ5XqqRpYG7n6hMclZiRX6asZWhh7+YbEp2UWVCuom1k6eDuFxqTnFVYoapjbOXo4R8Wm5JdVKmma2Lt5BkQHpeaU1ylrmdq4+wVGBGfllsyajI5JgMAsIdUr3oDAAA="

  private func bytes(_ base64: String) throws -> [UInt8] { Array(try #require(Data(base64Encoded: base64))) }

  private func inflated(_ bytes: [UInt8]) throws -> [UInt8] {
    try Compressed.zlib(bytes, in: 0..<bytes.count, count: Self.text.count, path: "x")
  }

  /// One block that is not compressed.
  private var stored: [UInt8] {
    let count = Self.text.count
    let length = [UInt8(count & 255), UInt8(count >> 8)]
    var (a, b) = (UInt32(1), UInt32(0))
    for byte in Self.text {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    let check = (0..<4).map { UInt8(truncatingIfNeeded: (b << 16 | a) >> UInt32(24 - 8 * $0)) }
    return [0x78, 0x01, 1] + length + length.map { ~$0 } + Self.text + check
  }

  @Test func everyWayGivesTheText() throws {
    for text in Self.zlib { #expect(try inflated(bytes(text)) == Self.text) }
    #expect(try inflated(stored) == Self.text)
    #expect(try Compressed.gzip(bytes(Self.gzip), path: "x") == Self.text)
    #expect(Compressed.crc32(Self.text) == 2_941_552_560)
  }

  @Test func everyFlippedBitIsNoticed() throws {
    let whole = try bytes(Self.zlib[1])
    for place in whole.indices {
      for bit in 0..<8 {
        var changed = whole
        changed[place] ^= 1 << UInt8(bit)
        // Bits behind the last code fill its byte and mean nothing.
        let read = try? inflated(changed)
        #expect(read == nil || (read == Self.text && place == whole.count - 5), "byte \(place), bit \(bit)")
      }
    }
  }

  @Test func cutDataAreNoticed() throws {
    for text in Self.zlib {
      let whole = try bytes(text)
      for count in whole.indices {
        #expect(throws: FileError.self, "\(count) bytes") { try inflated(Array(whole[..<count])) }
      }
    }
    let whole = try bytes(Self.gzip)
    for count in whole.indices {
      #expect(throws: FileError.self) { try Compressed.gzip(Array(whole[..<count]), path: "x") }
    }
    #expect(throws: FileError.self) { try Compressed.gzip(whole + [0], path: "x") }
  }

  @Test func contentDoesNotGrowBeyondItsBound() throws {
    let whole = try bytes(Self.zlib[1])
    let error = #expect(throws: FileError.self) {
      try Compressed.zlib(whole, in: 0..<whole.count, count: Self.text.count - 1, path: "x")
    }
    #expect((error.map { "\($0)" } ?? "").contains("at most \(Self.text.count - 1) bytes"))
  }
}
