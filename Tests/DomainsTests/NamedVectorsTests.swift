import Domains
import Files
import Foundation
import Stores
import Tensors
import Testing

/// Row i holds i + 1 + column / 4, whatever the file.
@Suite struct NamedVectorsTests {
  private static let names = ["red", "grün", "blau", "日本"]
  private static let vectors = Matrix<Float>(
    rows: 4, columns: 3, elements: (0..<4).flatMap { row in (0..<3).map { Float(row + 1) + Float($0) / 4 } })

  private func line(_ row: Int, _ separator: String) -> String {
    ([Self.names[row]] + Self.vectors.row(row).map { "\($0)" }).joined(separator: separator)
  }

  private func text(_ separator: String, header: String = "", end: String = "\n") -> String {
    header + (0..<4).map { line($0, separator) + end }.joined()
  }

  @Test func everyKindOfFileGivesTheSame() throws {
    try TemporaryFolder.with { folder in
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
      try domain.write(to: folder.path("d.domain.h5"))
      #expect(try NamedVectors.read(folder.path("d.domain.h5")) == expected)
    }
  }

  /// Vectors as text need four numbers to be told from prose.
  @Test func wordVectorsAsText() throws {
    try TemporaryFolder.with { folder in
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

  @Test(arguments: [
    ("a,1,2\nb,nan,1\n", "finite"), ("a,1,2\nb,inf,1\n", "finite"), ("a,1,2\na,2,1\n", "each name once"),
    ("a,1,2\nb,0,0\n", "zeros"), ("a,1,2\n,3,4\n", "a name"), ("a,1,2\nb,1\n", "3 fields"),
    ("a,1,2\nb,1,x\n", "a number"), ("a,1,2\n\"b,1,2\n", "closing quote"), ("name,x\n", "a name and numbers"),
    ("words alone\n", "numbers"),
  ])
  func faultsSayWhatAndWhere(text: String, words: String) throws {
    try TemporaryFolder.with { folder in
      let error = fault { try NamedVectors.read(folder.write(text, to: "x.csv")) }
      #expect(said(error).contains(words), "\(text): \(said(error))")
    }
  }

  @Test func domainsAreCalledAfterTheirFiles() {
    for (path, name) in [
      ("a/colours.csv", "colours"), ("x.npz:rows", "x"), ("smollm2-135m.h5", "smollm2-135m"),
      ("glove.6B.50d.txt", "glove.6B.50d"),
      ("w.domain.h5", "w"), ("Qwen2.5", "Qwen2.5"), (".csv", ".csv"),
    ] {
      #expect(FileDomain.name(of: path) == name)
    }
  }

  @Test func namesMustBeThereAndFit() throws {
    try TemporaryFolder.with { folder in
      let missing = #expect(throws: DomainError.self) { try NamedVectors.read(golden("fortran.npy")) }
      #expect(missing?.kind == .misfit && said(missing).contains("--names"))
      let few = #expect(throws: DomainError.self) {
        try NamedVectors.read(golden("fortran.npy"), names: folder.write("a\nb\n", to: "n.txt"))
      }
      #expect(few?.kind == .misfit)
      #expect(throws: FileError.self) { try NamedVectors.read(golden("stored.npz") + ":vektors") }
      #expect(throws: FileError.self) { try NamedVectors.read(golden("generate.py")) }
    }
  }

  @Test func aFlippedByteOfAnArchiveIsNoticed() throws {
    try TemporaryFolder.with { folder in
      let whole = try Data(contentsOf: URL(filePath: golden("deflated.npz")))
      var unnoticed: [Int] = []
      for place in whole.indices {
        var changed = whole
        changed[place] ^= 0x04
        try changed.write(to: URL(filePath: folder.path("x.npz")))
        let read = try? NamedVectors.read(folder.path("x.npz"))
        // Dates, versions and attributes say nothing of the content.
        if let read, read.names != Self.names || read.vectors[0, 0] != 1 { unnoticed.append(place) }
      }
      #expect(unnoticed.isEmpty)
    }
  }

  @Test func textsOfRecords() throws {
    try TemporaryFolder.with { folder in
      let vectors = try folder.write(text(","), to: "v.csv")
      let csv =
        "name,task,text\nred,gloss,\"a \"\"warm\"\" colour,\nas of fire\"\nred,gloss,second\nblau,hue,cold\nx,hue,none\n"
      let json = """
        {"name": "red", "field": "gloss", "text": "a \\"warm\\" colour,\\nas of fire"}
        {"name": "red", "task": "gloss", "text": "second"}
        {"name": "blau", "field": "hue", "text": "cold"}
        {"name": "x", "field": "hue", "text": "none"}
        """
      for (name, text) in [("t.csv", csv), ("t.jsonl", json)] {
        let (domain, strangers) = try FileDomain.read(
          vectors: vectors, names: nil, texts: folder.write(text, to: name), name: "colours", licence: "ours",
          toolVersion: "t", date: "d")
        #expect(strangers == 1 && domain.fields.map(\.name) == ["gloss", "hue"])
        #expect(domain.field("gloss").map { Array($0[0]) } == ["a \"warm\" colour,\nas of fire", "second"])
        #expect(domain.field("hue").map { Array($0[2]) } == ["cold"] && domain.field("hue")?.itemCount == 1)
        #expect(
          domain.sources.map(\.name) == ["v.csv", name] && domain.sources.allSatisfy { $0.licence == "ours" })
      }
      for (text, words) in [
        ("name,text\na,b\n", "header"), ("name,field,text\nred,name,x\n", "\"name\""),
        ("name,field,text\nred,a b,x\n", "letters"), ("name,field,text\nred,gloss, \n", "a text"),
        ("name,field,text\nnobody,gloss,x\n", "none of them"), ("{\"name\": \"red\"}\n", "without \"field\""),
      ] {
        let error = fault {
          try FileDomain.read(
            vectors: vectors, names: nil, texts: folder.write(text, to: "t"), name: "c", licence: "",
            toolVersion: "", date: "")
        }
        #expect(said(error).contains(words), "\(text)")
      }
    }
  }
}
