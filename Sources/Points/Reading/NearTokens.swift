internal import Foundation
internal import Geometry
internal import Tokenizers
internal import Vocabularies

extension NearTokens {
  init(_ found: PointNeighbours, _ rows: PointRows, _ model: PointModel) {
    self.init(
      nearness: found.nearness, identical: found.identical.map { rows.word($0, in: model) },
      near: found.neighbours.map { neighbour in
        let token = rows.areTokens ? model.tokens[neighbour.row] : nil
        return Near(
          words: rows.word(neighbour.row, in: model), row: token?.id, score: neighbour.score,
          percentile: neighbour.standing?.percentile, hubTimes: neighbour.hub.times,
          hubPValue: neighbour.hub.pValue, tokenClass: token.map { TokenClass($0) },
          script: token.flatMap { Script.name(of: String(decoding: $0.bytes, as: UTF8.self)) })
      }, reason: found.reason, among: found.neighbours.first?.standing?.among ?? 0)
  }
}

/// Scripts by the blocks of Unicode that their letters lie in; enough to say what is near a point.
enum Script {
  private static let blocks: [(range: ClosedRange<UInt32>, name: String)] = [
    (0x0041...0x024F, "Latin"), (0x0370...0x03FF, "Greek"), (0x0400...0x052F, "Cyrillic"),
    (0x0530...0x058F, "Armenian"),
    (0x0590...0x05FF, "Hebrew"), (0x0600...0x077F, "Arabic"), (0x0900...0x097F, "Devanagari"),
    (0x0980...0x09FF, "Bengali"),
    (0x0A00...0x0A7F, "Gurmukhi"), (0x0A80...0x0AFF, "Gujarati"), (0x0B80...0x0BFF, "Tamil"),
    (0x0C00...0x0C7F, "Telugu"),
    (0x0C80...0x0CFF, "Kannada"), (0x0D00...0x0D7F, "Malayalam"), (0x0D80...0x0DFF, "Sinhala"),
    (0x0E00...0x0E7F, "Thai"),
    (0x0E80...0x0EFF, "Lao"), (0x0F00...0x0FFF, "Tibetan"), (0x1000...0x109F, "Burmese"),
    (0x10A0...0x10FF, "Georgian"),
    (0x1100...0x11FF, "Hangul"), (0x1200...0x137F, "Ethiopic"), (0x1780...0x17FF, "Khmer"),
    (0x1E00...0x1EFF, "Latin"),
    (0x1F00...0x1FFF, "Greek"), (0x3040...0x309F, "Hiragana"), (0x30A0...0x30FF, "Katakana"),
    (0x3400...0x9FFF, "Han"),
    (0xAC00...0xD7AF, "Hangul"), (0x20000...0x2FA1F, "Han"),
  ]

  /// The script of most letters; nil for a text without letters, "other" for letters of a script that is not listed.
  static func name(of text: String) -> String? {
    var counts: [String: Int] = [:]
    for scalar in text.unicodeScalars where scalar.properties.isAlphabetic {
      counts[blocks.first { $0.range.contains(scalar.value) }?.name ?? "other", default: 0] += 1
    }
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
  }
}
