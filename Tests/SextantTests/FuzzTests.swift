import Foundation
import Stores
import Testing

/// Files of our formats with one to three changed bytes, sealed again by whoever changed them: the tool must read them or
/// say what is wrong, and so it must when it converts them. Each is read by processes of its own, for what they must not do
/// is crash.
///
/// SEXTANT_FLIPS sets how many files of each kind are tried.
struct FuzzTests {
  private static let flips = ProcessInfo.processInfo.environment["SEXTANT_FLIPS"].flatMap(Int.init) ?? 25

  /// Numbers that are the same in every run.
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  @Test(arguments: ["store", "map", "graph", "store of version 1"])
  func changedBytesNeverCrash(_ kind: String) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: try path(kind, tool))))
    var numbers = Numbers(state: UInt64(kind.utf8.count))
    var script = "cd \(tool.folder.path)\n"
    for index in 0..<Self.flips {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...3, using: &numbers) {
        let position = Int.random(in: 0..<bytes.count - Seal.byteCount, using: &numbers)
        changed[position] = UInt8.random(in: 0...255, using: &numbers)
      }
      try Data(try #require(Seal.renewed(changed))).write(to: URL(filePath: tool.path("\(index).h5")))
      for command in ["verify \(index).h5", "convert \(index).h5 -o \(index).new.h5"] {
        script += "ulimit -v 4000000; timeout 60 sextant \(command) >/dev/null 2>&1; echo $? \(command)\n"
      }
    }
    let codes = try tool.shell(script).out.split(separator: "\n").map {
      $0.split(separator: " ", maxSplits: 1)
    }
    #expect(codes.count == 2 * Self.flips)
    for code in codes {
      // 0: the byte means nothing or was the same; 3 and 4: told; 75: it looks as if it were open for writing.
      #expect(["0", "3", "4", "75"].contains(code[0]), "\(kind) \(code[1]): exit code \(code[0])")
    }
    // Digests cover all but a few bytes of the library's, and most of the free space that h5py leaves.
    #expect(codes.count { $0[0] == "0" } * 2 < codes.count)
    let tally = Dictionary(grouping: codes) { $0[0] }.mapValues(\.count).sorted { $0.key < $1.key }
    if Self.flips > 25 { Swift.print("\(kind): \(tally.map { "\($0.value) with code \($0.key)" })") }
  }

  private func path(_ kind: String, _ tool: Tool) throws -> String {
    if kind == "store of version 1" { return fixture("StoresTests/Golden/version-1.h5") }
    #expect(try tool.run("import", tinyLlama, "--as", "a").code == 0)
    switch kind {
    case "map":
      #expect(try tool.run("import", tinyQwen, "--as", "b").code == 0)
      let aligned = try tool.run("align", "a", "b", "--no-letters-only")
      #expect(aligned.code == 0, "\(aligned.err)")
      return tool.path("alignments/a--b.ridge.h5")
    case "graph":
      return tool.path(try tool.run("graph", "a", "-k", "3").out.trimmingCharacters(in: .newlines))
    default: return tool.path("models/a.h5")
    }
  }
}
