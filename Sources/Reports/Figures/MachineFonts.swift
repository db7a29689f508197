internal import Foundation

/// The fonts that PDF and PNG take their letters from, as fontconfig's tools tell them.
///
/// The drawing program takes another family for one that is missing, draws a box for a letter that no font has, and says neither.
public struct MachineFonts: Sendable {
  private let folder: URL

  /// The fonts of this machine; nil where it has no `fc-match`, and nothing can be told.
  public static let here: MachineFonts? = {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").map { URL(filePath: String($0)) }.first { folder in
      ["fc-match", "fc-list"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: folder.appending(path: $0).path)
      }
    }.map(MachineFonts.init)
  }()

  /// The family that is drawn in place of another one; nil where the machine has it, or the name is one of a kind.
  public func standIn(for family: String) -> String? {
    guard !["sans-serif", "sans", "serif", "monospace"].contains(family.lowercased()) else { return nil }
    let pattern = family.reduce(into: "") { $0 += "\\-:,=".contains($1) ? "\\\($1)" : "\($1)" }
    let names = lines("fc-match", "--format=%{family}", "--", pattern).joined()
      .split(separator: ",").map(String.init)
    guard let first = names.first, !names.contains(where: { $0.lowercased() == family.lowercased() }) else {
      return nil
    }
    return first
  }

  /// What of a text no font has, each once, in order.
  public func lacking(in text: String) -> [Unicode.Scalar] {
    var seen: Set<Unicode.Scalar> = []
    let letters = Array(text.unicodeScalars).filter { !$0.isASCII && seen.insert($0).inserted }
    return hasFont(with: letters) ? [] : letters.filter { !hasFont(with: [$0]) }
  }

  /// Whether one font has all of them.
  private func hasFont(with letters: [Unicode.Scalar]) -> Bool {
    let codes = letters.map { String($0.value, radix: 16) }.joined(separator: " ")
    return codes.isEmpty || !lines("fc-list", "--", ":charset=\(codes)", "family").isEmpty
  }

  private func lines(_ tool: String, _ arguments: String...) -> [String] {
    let process = Process()
    process.executableURL = folder.appending(path: tool)
    process.arguments = arguments
    process.environment = Gnuplot.environment(home: NSHomeDirectory())
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return [] }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text.split(whereSeparator: \.isNewline).map(String.init)
  }
}

extension FigureOptions {
  /// What pictures in which letters are drawn, and not kept as text, will not show as it was asked for.
  ///
  /// - Parameter text: all that stands in figures; the family alone is looked at without it.
  /// - Returns: sentences; none where all is there, or nothing can be told.
  public func fontNotes(text: String = "", fonts: MachineFonts? = .here) -> [String] {
    let drawn = formats.filter { $0 != .svg }.map { $0.rawValue.uppercased() }.joined(separator: " and ")
    guard let fonts, !drawn.isEmpty else { return [] }
    var notes: [String] = []
    if let other = fonts.standIn(for: font) {
      notes.append("this machine has no font called \(font): letters in \(drawn) are those of \(other)")
    }
    let lacking = fonts.lacking(in: text)
    if !lacking.isEmpty {
      let shown = String(String.UnicodeScalarView(lacking.prefix(20)))
      notes.append(
        "no font of this machine has \(shown)\(lacking.count > 20 ? " and \(lacking.count - 20) more" : ""): "
          + "boxes stand for them in \(drawn); install one that has them (`fc-list :charset=\(String(lacking[0].value, radix: 16))` "
          + "lists those) and draw again")
    }
    return notes
  }
}
