package import Foundation

/// A small WordNet written to a temporary folder, with license lines, offsets and counts as the format has them.
package enum WordNetFixture {
  package struct Synset {
    let part: String
    let words: [String]
    /// Symbol and the first word of the target.
    var pointers: [(String, String)] = []
    var mark: String?
  }

  package static let animals: [Synset] = [
    Synset(part: "noun", words: ["entity"], pointers: [("~", "animal")]),
    Synset(part: "noun", words: ["animal", "beast"], pointers: [("@", "entity")]),
    Synset(part: "noun", words: ["dog", "hound"], pointers: [("@", "animal"), ("~", "spaniel")]),
    Synset(part: "noun", words: ["cat"], pointers: [("@", "animal")]),
    Synset(part: "noun", words: ["spaniel"], pointers: [("@", "dog")]),
    Synset(part: "noun", words: ["mouse"], pointers: [("@", "animal")]),
    Synset(part: "noun", words: ["Lassie"], pointers: [("@i", "dog")]),
    Synset(part: "verb", words: ["move"]),
    Synset(part: "verb", words: ["dog", "run"], pointers: [("@", "move"), ("+", "spaniel")]),
    Synset(part: "adj", words: ["big", "large"]),
    Synset(part: "adj", words: ["huge(p)"], pointers: [("&", "big"), ("!", "big")], mark: "s"),
    Synset(part: "adv", words: ["quickly"]),
  ]
  /// What tiny encoders have as a token.
  package static let ofTinyEncoders = [Synset(part: "noun", words: ["and"])]
  static let license = "  1 A license of the words.\n  2 Its second line.\n"
  private static let marks = ["noun": "n", "verb": "v", "adj": "a", "adv": "r"]

  /// The files by name.
  package static func files(_ synsets: [Synset] = animals) -> [String: String] {
    var offsets: [Int] = Array(repeating: 0, count: synsets.count)
    for _ in 0..<2 { _ = data(synsets, &offsets) }
    var files = data(synsets, &offsets)
    for part in marks.keys {
      var lemmas: [String: [Int]] = [:]
      for (index, synset) in synsets.enumerated() where synset.part == part {
        for word in synset.words {
          lemmas[String(word.split(separator: "(")[0]).lowercased(), default: []].append(offsets[index])
        }
      }
      files["index.\(part)"] =
        license
        + lemmas.sorted { $0.key < $1.key }.map { lemma, places in
          "\(lemma) \(marks[part] ?? "") \(places.count) 1 @ \(places.count) 0 "
            + places.map(eight).joined(separator: " ") + "  \n"
        }.joined()
      files["\(part).exc"] = part == "noun" ? "mice mouse\n" : part == "verb" ? "ran run\n" : ""
    }
    return files
  }

  private static func data(_ synsets: [Synset], _ offsets: inout [Int]) -> [String: String] {
    var files: [String: String] = [:]
    for part in marks.keys { files["data.\(part)"] = license }
    for (index, synset) in synsets.enumerated() {
      var line =
        "\(eight(offsets[index])) 03 \(synset.mark ?? marks[synset.part] ?? "") 0\(synset.words.count) "
      line += synset.words.map { "\($0) 0 " }.joined()
      line += "00\(synset.pointers.count) "
      for (symbol, word) in synset.pointers {
        let target = synsets.firstIndex { $0.words[0] == word } ?? 0
        line += "\(symbol) \(eight(offsets[target])) \(marks[synsets[target].part] ?? "") 0000 "
      }
      if synset.part == "verb" { line += "02 + 02 00 + 08 01 " }
      line += "| a gloss; \"words\"  \n"
      offsets[index] = files["data.\(synset.part)"]?.utf8.count ?? 0
      files["data.\(synset.part)"]? += line
    }
    return files
  }

  private static func eight(_ number: Int) -> String {
    String(repeating: "0", count: 8 - String(number).count) + String(number)
  }

  /// Calls `body` with a folder that holds the files.
  package static func withFolder<Result>(
    _ files: [String: Data], _ body: (String) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "wordnet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, data) in files { try data.write(to: folder.appending(path: name)) }
    return try body(folder.path)
  }

  package static func withFolder<Result>(
    _ files: [String: String] = files(), _ body: (String) throws -> Result
  ) throws -> Result {
    try withFolder(files.mapValues { Data($0.utf8) }, body)
  }
}
