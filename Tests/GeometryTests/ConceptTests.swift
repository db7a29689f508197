import Foundation
import Geometry
import Testing

/// docs/concepts.md against the list of measures.
@Suite struct ConceptDocumentTests {
  private let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "docs/concepts.md")

  private func block(_ page: String) throws -> Range<String.Index> {
    let start = try #require(page.range(of: "<!-- concepts -->\n")).upperBound
    return start..<(try #require(page.range(of: "<!-- /concepts -->"))).lowerBound
  }

  @Test func thePageHasTheList() throws {
    var page = try String(contentsOf: file, encoding: .utf8)
    if ProcessInfo.processInfo.environment["SEXTANT_WRITE_DOCS"] != nil {
      page.replaceSubrange(try block(page), with: Measures.concepts)
      try Data(page.utf8).write(to: file)
    }
    #expect(page[try block(page)] == Measures.concepts, "write it anew with SEXTANT_WRITE_DOCS=1")
  }

  @Test func everyMeasureSaysWhatItMeans() {
    for measure in Measures.all {
      let concept = measure.concept
      #expect(concept != nil, "\(measure.name)")
      for sentence in [concept?.high, concept?.cite].compactMap(\.self) {
        #expect(sentence.last == "." && sentence.first?.isUppercase == true, "\(measure.name): \(sentence)")
      }
    }
    // Every name of a number stands on the page.
    for reading in Measures.readings(also: MeasureGroup.allCases) {
      for name in reading.metrics("A", "B", MeasureOptions()) {
        #expect(Measures.concepts.contains("`\(name.key)`"), "\(name.task)/\(name.key)")
      }
    }
  }
}
