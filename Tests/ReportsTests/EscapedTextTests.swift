import Files
import Reports
import Testing

@Suite struct EscapedTextTests {
  /// What Python's unicode_escape makes of the text's UTF-8.
  private func bytes(_ text: String) -> [UInt8] {
    var (result, rest) = ([UInt8](), Array(text.utf8)[...])
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let mark = rest.popFirst() else {
        result.append(byte)
        continue
      }
      switch mark {
      case UInt8(ascii: "n"): result.append(10)
      case UInt8(ascii: "r"): result.append(13)
      case UInt8(ascii: "t"): result.append(9)
      case UInt8(ascii: "x"):
        result.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
        rest = rest.dropFirst(2)
      default: result.append(mark)
      }
    }
    return result
  }

  @Test(arguments: [
    [], Array(" the".utf8), Array("a\n\r\n\tb".utf8), Array("\"quoted\", 'x'".utf8), Array("=SUM(A1)".utf8),
    Array("-1".utf8), Array("\\n\\x41\\".utf8), [0], [0xC3], [0xFF, 0x41, 0x80], Array("é漢🙂".utf8),
    Array("\u{1B}[31m\u{202E}\u{85}".utf8), [0xE2, 0x82], [0xED, 0xA0, 0x80], Array("▁nan".utf8),
  ])
  func everyByteComesBack(token: [UInt8]) {
    let text = EscapedText.of(token)
    #expect(bytes(text) == token, "\(text)")
    #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }, "\(text)")
    #expect(CSV.words(text) == text, "no spreadsheet takes it for a formula: \(text)")
  }

  @Test func printableTextStaysAsItIs() {
    #expect(EscapedText.of(Array(" naïve 漢".utf8)) == " naïve 漢")
    #expect(EscapedText.of([0xC3, 0x28]) == "\\xc3(")
    #expect(EscapedText.of(Array("a=b".utf8)) == "a=b")
  }
}
