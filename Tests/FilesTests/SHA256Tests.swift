import Files
import Testing

struct SHA256Tests {
  /// The standard's own examples (FIPS 180-4).
  @Test func digestsAreTheStandards() {
    #expect(
      sha256Hex(of: Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(sha256Hex(of: []) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    // A million times the letter a, in pieces whose ends lie anywhere.
    let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 16_381)
    var (hash, left, count) = (SHA256(), 1_000_000, 1)
    while left > 0 {
      count = min(count * 7 % letters.count, left)
      hash.update(letters.span.extracting(..<count))
      left -= count
    }
    #expect(
      hexadecimal(hash.finalized()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    #expect(hexadecimal([0x00, 0x0F, 0xA0, 0xFF]) == "000fa0ff")
  }

  /// A copy goes on by itself, and asking for a digest ends nothing.
  @Test func aHashIsAValue() {
    let (a, bc) = (Array("a".utf8), Array("bc".utf8))
    var one = SHA256()
    one.update(a.span)
    var other = one
    #expect(one.finalized() == other.finalized())
    other.update(bc.span)
    #expect(hexadecimal(one.finalized()) == sha256Hex(of: a))
    #expect(hexadecimal(other.finalized()) == sha256Hex(of: a + bc))
  }
}
