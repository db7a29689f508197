/// Names at the axis below, one a place: side by side, in lines, or turned where they are too long.
struct FigureNames {
  /// What they need below the axis, in em.
  let room: Double
  private let texts: [[String]]
  private let isTurned: Bool
  private let step: Int

  /// - Parameters:
  ///   - place: how wide the place of a name is, in em.
  ///   - most: how much of the page they may take below, in em.
  init(_ names: [String], place: Double, most: Double = 14) {
    let lines = names.map { FigureText.lines($0, room: max(1, place - 0.6)) }
    let fits = zip(names, lines).allSatisfy { name, lines in
      // Nothing was left out.
      !lines.joined().contains("…") || name.contains("…")
    }
    let isNumbers = names.allSatisfy { Int($0) != nil }
    isTurned = !fits && !isNumbers
    if isNumbers {
      let needed = (names.map(FigureText.width).max() ?? 0) + 0.8
      step = [1, 2, 5, 10, 20, 50, 100].first { Double($0) * place >= needed } ?? 200
      texts = names.map { [$0] }
      room = 2
    } else if fits {
      (step, texts) = (1, lines)
      room = 0.7 + 1.15 * Double(lines.map(\.count).max() ?? 1)
    } else {
      step = [1, 2, 5, 10, 20, 50, 100].first { Double($0) * place >= 1.15 } ?? 200
      let short = names.map { FigureText.fitted($0, room: most / 0.75) }
      texts = short.map { [$0] }
      room = 0.9 + 0.62 * (short.map(FigureText.width).max() ?? 0)
    }
  }

  /// `set xtics` with the names at 0, 1, 2 …
  var command: String {
    let tics = texts.indices.filter { $0.isMultiple(of: step) }.map {
      FigureStyle.tic(texts[$0], at: $0)
    }
    return
      "set xtics (\(tics.joined(separator: ", "))) \(isTurned ? "rotate by 40 right" : "norotate") scale 0 noenhanced "
      + "textcolor rgb '\(FigureStyle.ink)'"
  }
}
