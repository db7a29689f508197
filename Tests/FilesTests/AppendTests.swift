import Files
import Foundation
import Testing

@Suite struct AppendTests {
  @Test func textIsAddedAtTheEnd() throws {
    let folder = try Folder()
    let path = folder.file("a.md")
    try OutputFile.append("one\n", to: path)
    try OutputFile.append("two\n", to: path)
    #expect(try String(contentsOf: URL(filePath: path), encoding: .utf8) == "one\ntwo\n")
    #expect(throws: OutputError.self) { try OutputFile.append("x", to: folder.file("none/a.md")) }
  }
}
