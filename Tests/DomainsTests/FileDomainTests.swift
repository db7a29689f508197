import Domains
import Files
import Foundation
import Stores
import Tensors
import Testing

@Suite struct FileDomainTests {
  @Test func domainsAreCalledAfterTheirFiles() {
    for (path, name) in [
      ("a/colours.csv", "colours"), ("x.npz:rows", "x"), ("smollm2-135m.h5", "smollm2-135m"),
      ("glove.6B.50d.txt", "glove.6B.50d"),
      ("w.domain.h5", "w"), ("Qwen2.5", "Qwen2.5"), (".csv", ".csv"),
    ] {
      #expect(FileDomain.name(of: path) == name)
    }
  }

  @Test func textsOfRecords() throws {
    try TemporaryFolder.with { folder in
      let vectors = try folder.write("red,1,2\ngrün,2,1\nblau,3,1\n", to: "v.csv")
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
