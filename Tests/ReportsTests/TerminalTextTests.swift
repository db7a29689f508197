import Files
import Foundation
import Reports
import Testing

@Suite struct TerminalTextTests {
  @Test func nothingIsLeftThatATerminalObeys() {
    #expect(TerminalText.safe("a\u{1B}[31mred\u{7}\u{7F}") == "a␛[31mred␇␡")
    #expect(TerminalText.safe("\u{9B}2J \u{202E}abc\u{2066}") == "U+009B2J U+202EabcU+2066")
    #expect(TerminalText.safe("a\r\n\tb") == "a␍\n\tb")
    #expect(TerminalText.line("a\r\nb\tc\nd") == "a␍␊b␉c␊d")
    let plain = "tabs\tand lines\n ▁the 👩‍🚀 é שלום"
    #expect(TerminalText.safe(plain) == plain)
  }

  @Test func jsonSaysTheSameInEscapes() throws {
    let text = "\u{9B}31m \u{202E} \u{1B} 👩‍🚀 é"
    let json = JSONValue.array([.string(text)]).text
    #expect(TerminalText.safe(json) == json)
    #expect(try JSONDecoder().decode([String].self, from: Data(json.utf8)) == [text])
    let encoded = TerminalText.json(String(decoding: try JSONEncoder().encode([text]), as: UTF8.self))
    #expect(TerminalText.safe(encoded) == encoded)
    #expect(try JSONDecoder().decode([String].self, from: Data(encoded.utf8)) == [text])
  }

  @Test func spreadsheetsRunNoWords() {
    let table = Table(
      "", columns: [.init("token"), .init("n", .number(.decimals(1)))],
      rows: ["=1+2", "+cmd", "-x", "@a", "-1.5", "a=b", "\tx"].map { [.text($0), .number(-2)] })
    #expect(
      table.csv()
        == "token,n\r\n'=1+2,-2.0\r\n'+cmd,-2.0\r\n'-x,-2.0\r\n'@a,-2.0\r\n-1.5,-2.0\r\na=b,-2.0\r\n'\tx,-2.0\r\n"
    )
  }
}
