import Testing
import Workflow

@Suite struct FingerprintTests {
  @Test func partsAreCanonical() throws {
    let first = try Fingerprint("a", version: 1).with("x", ["b": 1.5, "a": 0.1]).with("y", "é/")
    let second = try Fingerprint("a", version: 1).with("y", "é/").with("x", ["a": 0.1, "b": 1.5])
    #expect(first == second && first.parts["x"] == #"{"a":0.1,"b":1.5}"#)
    #expect(try first.sha256 == second.sha256)
    #expect(
      try first.sha256 != Fingerprint("a", version: 2).with("y", "é/").with("x", ["a": 0.1, "b": 1.5]).sha256)
    #expect(throws: (any Error).self) { try first.with("z", Double.nan) }
  }
}
