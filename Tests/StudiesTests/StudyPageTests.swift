import Foundation
import Geometry
import Studies
import Testing
import Workflow

/// docs/studies.md against the lists of parameters and of measures. Serialized, since two tests write the page.
@Suite(.serialized) struct StudyPageTests {
  private let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "docs/studies.md")

  /// Where the block of all keys stands, the first of the page.
  private func block(_ page: String) throws -> Range<String.Index> {
    let start = try #require(page.range(of: "```yaml\n")).upperBound
    return start..<(try #require(page.range(of: "```", range: start..<page.endIndex))).lowerBound
  }

  @Test func thePageHasEveryKey() throws {
    var page = try String(contentsOf: file, encoding: .utf8)
    if ProcessInfo.processInfo.environment["SEXTANT_WRITE_DOCS"] != nil {
      page.replaceSubrange(try block(page), with: Parameters.page)
      try Data(page.utf8).write(to: file)
    }
    let block = try block(page)
    #expect(page[block] == Parameters.page, "write it anew with SEXTANT_WRITE_DOCS=1")
  }

  /// Every key with the value that it has when it is left out.
  @Test func thePageIsAStudyOfDefaults() throws {
    let page = try String(contentsOf: file, encoding: .utf8)
    let text = String(page[try block(page)])
    var expected = Study(name: "my-study", models: ["model-a", "model-b"])
    #expect(try Study.parse(text, path: "studies.md") == expected)
    // With layers, their options are read, and must be the defaults too.
    expected.compare.layers = LayerOptions()
    let withLayers = text.replacing("  layers: false", with: "  layers: true")
    #expect(try Study.parse(withLayers, path: "studies.md") == expected)
    // Examples are studies, too.
    let examples = text.replacing("# relations:", with: "relations:").replacing(
      "# question:", with: "question:"
    )
    .replacing("also: []", with: "also: [token-profiles]")
    #expect(try Study.parse(examples, path: "studies.md").compare.relations == "words.tsv")
  }

  @Test func everyParameterIsSaidOnce() {
    let keys = Parameters.all.map(\.key)
    #expect(Set(keys).count == keys.count)
    for parameter in Parameters.all {
      #expect(parameter.help.first?.isLowercase == true && parameter.help.last != ".", "\(parameter.key)")
      #expect(parameter.fault(in: Parameters.standard) == nil, "\(parameter.key)")
    }
  }

  /// docs/studies.md names every number of a measure.
  @Test func thePageNamesTheMetrics() throws {
    func list() throws -> (page: String, range: Range<String.Index>) {
      let page = try String(contentsOf: file, encoding: .utf8)
      let start = try #require(page.range(of: "<!-- measures -->\n")).upperBound
      return (page, start..<(try #require(page.range(of: "<!-- /measures -->")).lowerBound))
    }
    let old = try list()
    if ProcessInfo.processInfo.environment["SEXTANT_WRITE_DOCS"] != nil, old.page[old.range] != Measures.names
    {
      try old.page.replacingCharacters(in: old.range, with: Measures.names)
        .write(to: file, atomically: true, encoding: .utf8)
    }
    let new = try list()
    #expect(new.page[new.range] == Measures.names, "write it anew with SEXTANT_WRITE_DOCS=1")
  }
}
