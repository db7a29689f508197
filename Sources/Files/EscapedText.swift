/// Text that need not be UTF-8, such as a token, as a string that gives every byte back and harms no reader.
///
/// Printable characters stand as they are; a backslash is `\\`, a line break `\n`, `\r`, a tab `\t`, and any other byte that a
/// terminal obeys or that is no UTF-8 is `\xNN`, as is a first character that a spreadsheet takes for a formula (`=`, `+`, `-`,
/// `@`). No escaped text holds a control character or U+0000. In Python
///
///     text.encode().decode("unicode_escape").encode("latin-1")
///
/// are the bytes.
public enum EscapedText {
  /// The escaped text of some bytes; O(length).
  public static func of(_ bytes: [UInt8]) -> String {
    var result = ""
    var position = 0
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .valid(let encoded):
        result += escaped(Unicode.UTF8.decode(encoded), encoded, isFirst: position == 0)
        position += encoded.count
      case .error(let length):
        for byte in bytes[position..<position + length] { result += escape(byte) }
        position += length
      case .emptyInput: return result
      }
    }
  }

  private static func escaped(
    _ scalar: Unicode.Scalar, _ bytes: some Sequence<UInt8>, isFirst: Bool
  ) -> String {
    switch scalar {
    case "\\": return "\\\\"
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    case _ where TerminalText.isObeyed(scalar) || isFirst && "=+-@".unicodeScalars.contains(scalar):
      return bytes.map(escape).joined()
    default: return String(scalar)
    }
  }

  private static func escape(_ byte: UInt8) -> String { "\\x" + hexadecimal([byte]) }
}
