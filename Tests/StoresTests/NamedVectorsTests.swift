import Files
import Foundation
import Stores
import Tensors
import TestSupport
import Testing

/// Row i holds i + 1 + column / 4, whatever the file.
@Suite struct NamedVectorsTests {
  private static let names = ["red", "grün", "blau", "日本"]
  private static let vectors = Matrix<Float>(
    rows: 4, columns: 3, elements: (0..<4).flatMap { row in (0..<3).map { Float(row + 1) + Float($0) / 4 } })

  private func withFolder(_ body: (TemporaryFolder) throws -> Void) throws { try body(TemporaryFolder()) }

  private func said(_ error: (any Error)?) -> String { error.map { "\($0)" } ?? "" }

  private func line(_ row: Int, _ separator: String) -> String {
    ([Self.names[row]] + Self.vectors.row(row).map { "\($0)" }).joined(separator: separator)
  }

  private func text(_ separator: String, header: String = "", end: String = "\n") -> String {
    header + (0..<4).map { line($0, separator) + end }.joined()
  }

  @Test func everyKindOfFileGivesTheSame() throws {
    try withFolder { folder in
      let expected = NamedVectors(names: Self.names, vectors: Self.vectors)
      let listed = try folder.write(Self.names.joined(separator: "\n") + "\n", to: "names.txt")
      let texts = [
        text(","), text(",", header: "name,a,b,c\r\n", end: "\r\n"), text("\t"),
        "\u{FEFF}" + text(","), text(",").replacingOccurrences(of: "red", with: "\"red\""),
      ]
      for (index, text) in texts.enumerated() {
        #expect(try NamedVectors.read(folder.write(text, to: "\(index).csv")) == expected, "\(index)")
      }
      #expect(try NamedVectors.read(golden("fortran.npy"), names: golden("names.npy")) == expected)
      #expect(try NamedVectors.read(golden("fortran.npy"), names: listed) == expected)
      #expect(try NamedVectors.read(golden("stored.npz")) == expected)
      #expect(try NamedVectors.read(golden("stored.npz") + ":vectors") == expected)
      let long = try NamedVectors.read(golden("deflated.npz"))
      #expect(long.names == Self.names && long.vectors.columns == 300)
      #expect((0..<300).allSatisfy { long.vectors[2, $0] == Self.vectors[2, $0 % 3] })
      let domain = Domain(
        name: "d", recipe: "", sources: [], names: Self.names, vectors: Self.vectors, fields: [],
        toolVersion: "", date: "")
      try domain.write(to: folder.file("d.domain.h5"))
      #expect(try NamedVectors.read(folder.file("d.domain.h5")) == expected)
    }
  }

  /// Vectors as text need four numbers to be told from prose.
  @Test func wordVectorsAsText() throws {
    try withFolder { folder in
      let body = "the 1 2 3 4\n. . . 5 6 7 8e-1\n"
      let glove = try NamedVectors.read(folder.write(body, to: "g.txt"))
      #expect(glove.names == ["the", ". . ."] && glove.vectors.row(1) == [5, 6, 7, 0.8])
      #expect(try NamedVectors.read(folder.write("2 4\n" + body, to: "w.txt")) == glove)
      let error = #expect(throws: FileError.self) {
        try NamedVectors.read(folder.write("3 4\n" + body, to: "w.txt"))
      }
      #expect(said(error).contains("3 words"))
      #expect(throws: FileError.self) { try NamedVectors.read(folder.write(body + "x 1 2\n", to: "w.txt")) }
      #expect(throws: FileError.self) {
        try NamedVectors.read(folder.write(body + "x 1 2 3 y\n", to: "w.txt"))
      }
    }
  }

  private func little(_ numbers: [Float]) -> [UInt8] {
    numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> ($0 * 8)) } }
  }

  /// word2vec wrote a line's end behind each row; later programs do not.
  @Test(arguments: ["", "\n"]) func wordVectorsInBinary(end: String) throws {
    try withFolder { folder in
      let rows = Self.names.enumerated().map {
        Array("\($1) ".utf8) + little(Self.vectors.row($0)) + end.utf8
      }
      let whole = Array("4 3\n".utf8) + rows.flatMap { $0 }
      let read = try NamedVectors.read(folder.write(whole, to: "w.bin"))
      #expect(read == NamedVectors(names: Self.names, vectors: Self.vectors))
      for count in 4..<whole.count - end.utf8.count {
        #expect(throws: (any Error).self, "\(count) bytes") {
          try NamedVectors.read(folder.write(Array(whole[..<count]), to: "w.bin"))
        }
      }
      #expect(throws: FileError.self) { try NamedVectors.read(folder.write(whole + [1, 2], to: "w.bin")) }
      for head in ["5 3\n", "4 4\n", "3 3\n", "4000000000000000000 3\n", "4 4611686018427387905\n", "0 3\n"] {
        #expect(throws: (any Error).self, "\(head)") {
          try NamedVectors.read(folder.write(Array(head.utf8) + rows.flatMap { $0 }, to: "w.bin"))
        }
      }
    }
  }

  /// A space before a combining mark is a space.
  @Test func linesAreCutAtBytes() throws {
    try withFolder { folder in
      let read = try NamedVectors.read(folder.write("a 1 2 3 4\n\u{301} 5 6 7 8\n", to: "g.txt"))
      #expect(read.names == ["a", "\u{301}"] && read.vectors.row(1) == [5, 6, 7, 8])
    }
  }

  @Test(arguments: [
    ("a,1,2\nb,nan,1\n", "finite"), ("a,1,2\nb,inf,1\n", "finite"), ("a,1,2\na,2,1\n", "each name once"),
    ("a,1,2\nb,0,0\n", "zeros"), ("a,1,2\n,3,4\n", "a name"), ("a,1,2\nb,1\n", "3 fields"),
    ("a,1,2\nb,1,x\n", "a number"), ("a,1,2\n\"b,1,2\n", "closing quote"), ("name,x\n", "a name and numbers"),
    ("words alone\n", "numbers"),
  ])
  func faultsSayWhatAndWhere(text: String, words: String) throws {
    try withFolder { folder in
      let error = #expect(throws: (any Error).self) { try NamedVectors.read(folder.write(text, to: "x.csv")) }
      #expect(said(error).contains(words), "\(text): \(said(error))")
    }
  }

  @Test func namesMustBeThereAndFit() throws {
    try withFolder { folder in
      let missing = #expect(throws: StoreError.self) { try NamedVectors.read(golden("fortran.npy")) }
      #expect(missing?.kind == .misfit && said(missing).contains("--names"))
      let few = #expect(throws: StoreError.self) {
        try NamedVectors.read(golden("fortran.npy"), names: folder.write("a\nb\n", to: "n.txt"))
      }
      #expect(few?.kind == .misfit)
      #expect(throws: FileError.self) { try NamedVectors.read(golden("stored.npz") + ":vektors") }
      #expect(throws: FileError.self) { try NamedVectors.read(golden("generate.py")) }
    }
  }

  /// Where an archive is too large for four bytes, its end and its members' sizes stand in other places.
  @Test func archivesOfZIP64() throws {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    let whole = [UInt8](try Data(contentsOf: URL(filePath: golden("stored.npz"))))
    func number(_ place: Int, _ count: Int) -> Int {
      whole[place..<place + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let end = whole.count - 22
    let (total, size, start) = (number(end + 10, 2), number(end + 12, 4), number(end + 16, 4))
    // The first member's size moves to an extra field.
    let (nameBytes, extraBytes) = (number(start + 28, 2), number(start + 30, 2))
    var entry = Array(whole[start..<start + 46 + nameBytes])
    entry.replaceSubrange(24..<28, with: [0xFF, 0xFF, 0xFF, 0xFF])
    entry.replaceSubrange(30..<32, with: little(12, 2))
    entry += little(1, 2) + little(8, 2) + little(number(start + 24, 4), 8)
    let directory = entry + whole[(start + 46 + nameBytes + extraBytes)..<start + size]
    let record =
      Array("PK".utf8) + [6, 6] + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8)
      + little(total, 8)
      + little(total, 8) + little(directory.count, 8) + little(start, 8)
    let locator =
      Array("PK".utf8) + [6, 7] + little(0, 4) + little(start + directory.count, 8) + little(1, 4)
    var last = Array(whole[end...])
    last.replaceSubrange(10..<20, with: [UInt8](repeating: 0xFF, count: 10))
    let large = Array(whole[..<start]) + directory + record + locator + last
    let folder = try TemporaryFolder()
    let read = try NamedVectors.read(folder.write(large, to: "x.npz"))
    #expect(read == NamedVectors(names: Self.names, vectors: Self.vectors))
    for place in directory.count + start..<large.count - 22 {
      var changed = large
      changed[place] ^= 0x80
      _ = try? NamedVectors.read(folder.write(changed, to: "x.npz"))
    }
    let noLocator = try folder.write(Array(whole[..<start]) + directory + record + last, to: "y.npz")
    #expect(throws: FileError.self) { try NamedVectors.read(noLocator) }
  }

  @Test func aFlippedByteOfAnArchiveIsNoticed() throws {
    try withFolder { folder in
      let whole = try Data(contentsOf: URL(filePath: golden("deflated.npz")))
      var unnoticed: [Int] = []
      for place in whole.indices {
        var changed = whole
        changed[place] ^= 0x04
        try changed.write(to: URL(filePath: folder.file("x.npz")))
        let read = try? NamedVectors.read(folder.file("x.npz"))
        // Dates, versions and attributes say nothing of the content.
        if let read, read.names != Self.names || read.vectors[0, 0] != 1 { unnoticed.append(place) }
      }
      #expect(unnoticed.isEmpty)
    }
  }
}
