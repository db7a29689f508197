public import Files
internal import Foundation
public import Tokenizers

/// Pairs of words that stand in one relation, such as countries and their capitals.
public struct TokenRelation: Sendable, Equatable, Codable {
  /// The file's name without its ending.
  public let name: String
  /// Ids of pairs whose words are single tokens behind a space.
  public let sources: [Int]
  /// The same of what they are related to.
  public let targets: [Int]
  /// How many pairs the file has.
  public let pairCount: Int

  /// - Precondition: as many sources as targets.
  public init(name: String, sources: [Int], targets: [Int], pairCount: Int) {
    precondition(sources.count == targets.count, "\(sources.count) sources, \(targets.count) targets")
    (self.name, self.sources, self.targets, self.pairCount) = (name, sources, targets, pairCount)
  }

  /// Whether every token is paired with itself.
  public var isCopying: Bool { sources == targets }

  /// Reads a JSON list of pairs, `[["France", "Paris"], …]`.
  ///
  /// A word stands behind a space, as inside a text; pairs of which one word is several tokens are counted and left out, and so is a
  /// source that is there already.
  /// - Throws: `FileError` with the place of what is no pair of words.
  public init(path: String, tokenizer: Tokenizer) throws(FileError) {
    let document = try JSONReader.read(path: path)
    guard let pairs = document.array, !pairs.isEmpty else {
      throw .entry(path: path, place: "top level", expected: "a list of pairs", actual: document.kind)
    }
    var (sources, targets): ([Int], [Int]) = ([], [])
    var seen: Set<Int> = []
    for (index, pair) in pairs.enumerated() {
      guard let words = pair.array, words.count == 2, let source = words[0].string,
        let target = words[1].string,
        !source.isEmpty, !target.isEmpty
      else {
        throw .entry(
          path: path, place: "pair \(index + 1)", expected: "[\"word\", \"related word\"]", actual: pair.kind)
      }
      let a = tokenizer.encode(" " + source, addingSpecial: false)
      let b = tokenizer.encode(" " + target, addingSpecial: false)
      guard a.count == 1, b.count == 1, seen.insert(a[0]).inserted else { continue }
      sources.append(a[0])
      targets.append(b[0])
    }
    self.init(
      name: URL(filePath: path).deletingPathExtension().lastPathComponent, sources: sources, targets: targets,
      pairCount: pairs.count)
  }
}
