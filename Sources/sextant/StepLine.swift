import Files
import Foundation
import Reports

/// What is shown of a step that runs or has ended.
package struct StepLine: Equatable {
  /// From 1; nil for a step that no plan has.
  package var number: Int?
  package var count = 0
  package var name: String
  /// What is done of it, 0 to 1.
  package var share: Double?
  package var note = ""
  package var seconds = 0.0

  package init(
    number: Int? = nil, count: Int = 0, name: String, share: Double? = nil, note: String = "",
    seconds: Double = 0
  ) {
    (self.number, self.count, self.name) = (number, count, name)
    (self.share, self.note, self.seconds) = (share, note, seconds)
  }

  /// `[3/8] compare a--b`.
  package var title: String {
    // The first part of a step's name, `compare/a--b`, is what is done, the rest is with what.
    let verb = name.prefix { $0.isLetter || $0 == "-" }
    let isStep = !verb.isEmpty && name.dropFirst(verb.count).hasPrefix("/")
    let words = TerminalText.line(isStep ? "\(verb) \(name.dropFirst(verb.count + 1))" : name)
    return number.map { "[\($0)/\(count)] \(words)" } ?? words
  }

  /// `[3/8] compare a--b: cka … 42 % 1:10, 1:40 left`; where that is wider, the words before the numbers are cut.
  package func running(columns: Int) -> String {
    var tail = ""
    if let share { tail += " \(Int(share * 100)) %" }
    tail += " " + Self.clock(seconds)
    if let left { tail += ", \(Self.clock(left)) left" }
    let head = note.isEmpty ? title : "\(title): \(TerminalText.line(note))"
    return TerminalText.cut(
      TerminalText.cut(head + " …", to: columns - TerminalText.width(tail)) + tail, to: columns)
  }

  /// `✓ [3/8] compare a--b 2:50`.
  package func ended(columns: Int) -> String {
    let tail = " " + Self.clock(seconds)
    return TerminalText.cut("✓ \(title)", to: columns - TerminalText.width(tail)) + tail
  }

  /// Seconds that are left if the rest is as fast; nil where too little is done to say so.
  private var left: Double? {
    guard let share, share > 0.03, share < 1, seconds > 3 else { return nil }
    return seconds * (1 - share) / share
  }

  /// `2.4 s`, `1:10`, `1:02:03`.
  package static func clock(_ seconds: Double) -> String {
    if seconds < 10 { return String(format: "%.1f s", max(0, seconds)) }
    let whole = Int(min(seconds, 1e9).rounded())
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, whole % 60)
      : String(format: "%d:%02d", minutes, whole % 60)
  }
}
