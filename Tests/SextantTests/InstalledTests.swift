import Checkpoints
import Files
import Foundation
import SextantTool
import Steering
import Studies
import Testing
import Workflow

/// What a program has with it that lies somewhere by itself, and the files that bring it there.
struct InstalledTests {
  private static let root = fixture("..")

  @Test func aMovedToolNeedsNoFileBesideIt() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try FileManager.default.copyItem(atPath: try Tool.binary.path, toPath: tool.path("moved"))
    let script = "cd / && env -i SEXTANT_HOME=\(tool.path("home")) \(tool.path("moved")) "
    for (arguments, word) in [("steer behaviours", "sentiment"), ("models list", "smollm2-135m")] {
      let result = try tool.shell(script + arguments)
      #expect(result.code == 0 && result.out.contains(word), "\(arguments): \(result.code) \(result.err)")
    }
  }

  @Test func aCatalogInTheFolderTakesThePlaceOfTheProgramsOwn() throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(try tool.run("models").out.contains("Models of the catalog of this program; files in models."))
    let mine = try String(contentsOfFile: Self.root + "/models/catalog.yaml", encoding: .utf8)
      .replacing("id: smollm2-135m", with: "id: mine")
    try FileManager.default.createDirectory(atPath: tool.path("models"), withIntermediateDirectories: true)
    try Data(mine.utf8).write(to: URL(filePath: tool.path("models/catalog.yaml")))
    let list = try tool.run("models")
    #expect(list.out.contains("Models of models/catalog.yaml") && list.out.contains("| mine |"))
    #expect(!list.out.contains("| smollm2-135m |"))
  }

  @Test func behavioursAreListedAndPrinted() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let list = try tool.run("steer", "behaviours")
    for name in ContrastSet.bundledNames { #expect(list.out.contains("| \(name) |")) }
    #expect(try tool.shell("sextant steer behaviours tense > mine.json").code == 0)
    #expect(try ContrastSet.load(URL(filePath: tool.path("mine.json"))) == ContrastSet.bundled("tense"))
    #expect(try tool.run("steer", "behaviours", "tens").code == 2)
  }

  @Test func theDemoIsTheStudyOfItsReport() throws {
    let file = Self.root + "/reports/demo/study.yaml"
    #expect(try Demo.text == String(contentsOfFile: file, encoding: .utf8))
    let study = try Demo.study()
    let cut = Demo.cut(study)
    #expect(cut.name == "demo-first" && cut.models == study.models && cut.steer.behaviours.isEmpty)
    // Nothing is claimed of the cut that its run cannot tell.
    #expect(!cut.hypotheses.isEmpty && cut.hypotheses.count < study.hypotheses.count)
    #expect(cut.hypotheses.allSatisfy { !$0.metric.hasSuffix("/p_value") })
    let catalog = try Catalog.bundled()
    #expect(study.models.allSatisfy { catalog[$0.source] != nil })
  }

  @Test func theDemoFetchesNothingBeforeTermsAreAccepted() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.run("demo")
    #expect(result.code == 2)
    #expect(result.err.contains("351 MB are fetched first") && result.err.contains("--accept-licence"))
    #expect(!FileManager.default.fileExists(atPath: tool.path("models")))
  }

  @Test func theActionUsesTheInputsThatItDeclares() throws {
    let path = Self.root + "/action.yml"
    _ = try YAMLReader(path: path).document()
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let used = Set(text.matches(of: /inputs\.([a-z-]+)/).map { String($0.1) })
    let block = try #require(text.firstMatch(of: /(?ms)^inputs:\n(.*?)^[a-z]/)).1
    let declared = Set(block.matches(of: /(?m)^  ([a-z-]+):/).map { String($0.1) })
    #expect(!declared.isEmpty && used == declared)
  }
}
