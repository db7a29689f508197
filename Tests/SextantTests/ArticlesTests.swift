import Foundation
import Testing

/// The articles of the library's documentation show the programs of `Examples/`, which are built and run.
@Test(arguments: ["CompareTwoSpaces", "CarryAVector", "AddAMeasure"])
func theArticleShowsTheProgram(name: String) throws {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let article = try String(contentsOf: root.appending(path: "docs/Sextant.docc/\(name).md"), encoding: .utf8)
  let program = try String(
    contentsOf: root.appending(path: "Examples/Sources/\(name)/main.swift"), encoding: .utf8)
  #expect(article.contains("```swift\n\(program)```\n"))
}
