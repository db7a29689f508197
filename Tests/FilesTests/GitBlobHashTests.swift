import Files
import Testing

struct GitBlobHashTests {
  /// What `git hash-object` says of an empty file, and of one with the line `test content` (Pro Git, "Git Objects").
  @Test func hashesAreGits() {
    #expect(GitBlobHash(size: 0).finalized() == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
    let text = Array("test content\n".utf8)
    var hash = GitBlobHash(size: text.count)
    for place in text.indices { hash.update(text.span.extracting(place..<place + 1)) }
    #expect(hash.finalized() == "d670460b4b4aece5915caf5c68d12f560a9fe3e4")
    #expect(hash.finalized() == "d670460b4b4aece5915caf5c68d12f560a9fe3e4", "asking ends nothing")
    var other = GitBlobHash(size: text.count - 1)
    other.update(text.span)
    #expect(other.finalized() != hash.finalized())
  }
}
