import Domains
import Files
import Foundation
import Stores
import Tensors
import Testing

@Suite struct DomainFileTests {
  @Test func aFileGivesTheDomainBack() throws {
    try TemporaryFolder.with { folder in
      let path = folder.path("a" + Domain.ending)
      let domain = circle(7, groups: ["x", "x", "y", "ü", "v", "w", "日本"])
      try domain.write(to: path)
      #expect(try Domain.open(path) == domain)
      let (read, identity) = try Domain.identified(path)
      #expect(read == domain && identity.count == 64)
      let tree = try StoreFile.verify(path)
      #expect(tree.element("/sources/0") != nil && "\(tree)".contains("free"))
      // Another licence is the same content, another text is not.
      var other = domain
      other.fields[0] = .init("gloss", (0..<7).map { ["n \($0)"] })
      try other.write(to: path)
      #expect(try Domain.identified(path).identity != identity)
    }
  }

  @Test func aDomainWithoutTextsAndSourcesIsOne() throws {
    try TemporaryFolder.with { folder in
      var domain = circle(3)
      (domain.fields, domain.sources) = ([], [])
      try domain.write(to: folder.path("a.domain.h5"))
      #expect(try Domain.open(folder.path("a.domain.h5")) == domain)
    }
  }

  @Test func aConvertedFileIsTheSame() throws {
    try TemporaryFolder.with { folder in
      let domain = circle(4)
      try domain.write(to: folder.path("a.domain.h5"))
      try StoreFile.convert(folder.path("a.domain.h5"), to: folder.path("b.domain.h5"))
      #expect(try Domain.open(folder.path("b.domain.h5")) == domain)
    }
  }

  @Test func damageIsNoticed() throws {
    try TemporaryFolder.with { folder in
      let path = folder.path("a.domain.h5")
      try circle(5).write(to: path)
      let whole = try Data(contentsOf: URL(filePath: path))
      for place in stride(from: 0, to: whole.count, by: 211) {
        var changed = whole
        changed[place] ^= 0x10
        try changed.write(to: URL(filePath: path))
        #expect(throws: StoreError.self, "byte \(place)") { try StoreFile.verify(path) }
      }
      try whole.prefix(whole.count / 2).write(to: URL(filePath: path))
      #expect(throws: StoreError.self) { try Domain.open(path) }
    }
  }

  @Test func notANumberIsNotWritten() throws {
    try TemporaryFolder.with { folder in
      var domain = circle(3)
      domain.vectors[1, 1] = .nan
      #expect(throws: StoreError.self) { try domain.write(to: folder.path("a.domain.h5")) }
      #expect(!FileManager.default.fileExists(atPath: folder.path("a.domain.h5")))
    }
  }
}
