import Files
import Testing

@Suite struct JSONReaderTests {
  private func read(_ text: String) throws(FileError) -> JSON {
    var reader = JSONReader(Array(text.utf8), path: "a.json")
    return try reader.document()
  }

  private func message(_ text: String) -> String {
    #expect(throws: FileError.self) { try read(text) }?.description ?? ""
  }

  @Test func errorsSayLineAndColumn() {
    #expect(
      message("[1,\n 2,\n äöü 3]").hasPrefix("a.json: byte 9: JSON, line 3, column 2: expected a value"))
    #expect(
      message("{\n\"ä\": 1,\n\"ä\": 2}").contains("line 3, column 1: expected a new key, found \"ä\" again"))
    #expect(message("[\"ä\", x]").contains("line 1, column 7"))
    #expect(message("").contains("line 1, column 1"))
    #expect(message("{\"a\": 1}\n{\"a\": 2}").contains("line 2, column 1: expected the end of the JSON text"))
  }

  @Test func byteOrderMarkIsPassedOver() throws {
    #expect(try read("\u{FEFF}{\"a\": 1}")["a"] == .integer(1))
    #expect(throws: FileError.self, "only at the start") { try read("{\u{FEFF}}") }
    let folder = try Folder()
    let path = folder.file("a.json")
    try OutputFile.write("\u{FEFF}[true]", to: path)
    #expect(try JSONReader.read(path: path) == .array([.bool(true)]))
  }

  @Test func keysThatDifferInNormalisationAreTwo() throws {
    #expect(try read("{\"\u{E9}\": 1, \"e\u{301}\": 2}").object?.count == 2)
  }

  @Test func sizeIsLimited() throws {
    let folder = try Folder()
    let path = folder.file("a.json")
    try OutputFile.write("[1, 2, 3]", to: path)
    let error = #expect(throws: FileError.self) { try JSONReader.read(path: path, limit: 8) }
    #expect(error?.description.contains("at most 8 bytes") == true)
  }
}
