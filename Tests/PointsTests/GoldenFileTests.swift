import Files
import Foundation
import Points
import Testing

/// Rows of files that numpy and h5py wrote; row i holds i + column / 4.
@Suite struct GoldenFileTests {
  private static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)").path
  }

  private static func expected(_ row: Int) -> [Float] { (0..<32).map { Float(row) + Float($0) / 4 } }

  @Test(arguments: [
    ("f2.npy#1", 1), ("f4.npy#-1", 2), ("f8.npy#0", 0), ("three.npy#2", 2), ("plain.h5:states#1", 1),
    ("plain.h5:other/row#0", 1), ("fortran.npy#1", 1), ("chunked.h5#2", 2), ("chunked.h5:states#-3", 0),
  ])
  func rowsAreThoseThatWereWritten(text: String, row: Int) throws {
    let tiny = try TinyPoints("llama")
    defer { tiny.remove() }
    #expect(try tiny.model.point("row:\(Self.path(text))@1").values == Self.expected(row), "\(text)")
  }

  @Test(arguments: [
    ("plain.h5#0", FailureKind.usage, "states"), ("plain.h5:stats#0", .usage, "did you mean \"states\""),
    ("plain.h5:states#3", .misfit, "0 … 2"),
    ("compressed.h5#0", .badInput, "compressed.h5"),
    ("old.h5#0", .badInput, "libver=\"v110\""), ("generate.py#0", .badInput, "plain text"),
  ])
  func othersAreRefused(text: String, kind: FailureKind, words: String) throws {
    let tiny = try TinyPoints("llama")
    defer { tiny.remove() }
    let error = try #require(fault(tiny.model, "row:\(Self.path(text))@1"), "\(text)")
    #expect(error.kind == kind && "\(error)".contains(words), "\(text): \(error)")
  }
}
