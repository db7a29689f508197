import Foundation
import SextantTool
import Testing

/// Where stores and maps are kept where nobody says it.
struct DataFolderTests {
  private func folder(
    hasModels: Bool = false, _ environment: [String: String] = [:], isInstalled: Bool = true
  ) -> DataFolder {
    DataFolder(hasModels: hasModels, environment: environment, home: "/home/u") { _ in isInstalled }
  }

  @Test func theRule() {
    #expect(folder(hasModels: true, ["SEXTANT_HOME": "/data"]).models == "models")
    #expect(folder(["SEXTANT_HOME": "/data", "XDG_DATA_HOME": "/x"]).models == "/data/models")
    #expect(folder(["SEXTANT_HOME": "/data"]).alignments == "/data/alignments")
    #expect(folder(["SEXTANT_HOME": "."]).alignments == "alignments")
    #expect(folder(["SEXTANT_HOME": "", "XDG_DATA_HOME": "/x"]).models == "/x/sextant/models")
    #expect(folder(["XDG_DATA_HOME": "x"]).models == "/home/u/.local/share/sextant/models")
    #expect(folder().models == "/home/u/.local/share/sextant/models")
    #expect(folder(isInstalled: false).models == "models")
    #expect(folder(["SEXTANT_HOME": "/data"], isInstalled: false).models == "/data/models")
  }

  @Test func theToolSaysWhichFolderItIs() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let shared = tool.path("shared")
    let script = "export SEXTANT_HOME=\(shared); sextant import \(tinyLlama) --as a"
    let imported = try tool.shell(script)
    #expect(imported.code == 0, "\(imported.err)")
    #expect(imported.out == "\(shared)/models/a.h5\n")
    #expect(imported.err == "sextant: models and maps are in \(shared) where no option says otherwise\n")
    #expect(!FileManager.default.fileExists(atPath: tool.path("models")))
    // What a file is called in a clone leads to it here as well.
    let verified = try tool.shell("export SEXTANT_HOME=\(shared); sextant verify models/a.h5")
    #expect(verified.code == 0 && verified.out.hasPrefix("models/a.h5: "), "\(verified.err)")
    #expect(try tool.shell(script + " --quiet --replace").err.isEmpty)
    // In a folder that has models, those are meant, and in one that is named, that.
    for (script, path) in [("mkdir models; \(script)", "models/a.h5"), ("\(script) --models m", "m/a.h5")] {
      let local = try tool.shell(script)
      #expect(local.out == "\(path)\n" && local.err.isEmpty, "\(local.err)")
    }
  }
}
