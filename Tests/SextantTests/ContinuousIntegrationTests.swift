import Files
import Foundation
import Testing

/// docs/ci.md: its study and the steps of its workflows, run on two releases of a tiny model.
struct ContinuousIntegrationTests {
  private let page: Page

  init() throws { page = try Page("ci.md") }

  /// The page's study and its two workflows.
  private func blocks() throws -> (study: String, gitHub: String, gitLab: String) {
    let blocks = page.blocks("yaml")
    try #require(blocks.count == 3)
    return (blocks[0], blocks[1], blocks[2])
  }

  /// What the steps of the GitHub workflow run, without the installation of packages of the system.
  private func gitHubSteps() throws -> [String] {
    let reader = YAMLReader(path: "ci.md")
    let workflow = try reader.members(
      reader.document(try blocks().gitHub), "workflow", known: ["name", "on", "jobs"])
    let jobs = try reader.entries(#require(workflow["jobs"]), "jobs")
    let job = try reader.members(#require(jobs.first).value, "job", known: ["runs-on", "steps"])
    var scripts: [String] = []
    for (index, step) in try reader.elements(job["steps"], "steps").enumerated() {
      let place = "steps[\(index)]"
      let members = try reader.members(step, place, known: ["name", "uses", "run", "with", "if"])
      if let run = members["run"] {
        let script = try reader.text(run, place)
        if !script.hasPrefix("sudo apt-get ") { scripts.append(script) }
      } else if try reader.text(members["uses"], place).hasPrefix("OWNER/sextant@") {
        let inputs = try reader.members(
          #require(members["with"]), place, known: ["version", "study", "arguments"])
        scripts.append(
          "sextant check \(try reader.text(inputs["study"], place)) \(try reader.text(inputs["arguments"], place))"
        )
      }
    }
    return scripts
  }

  /// The team's repository before a run: two releases, the study, a baseline of the last one.
  private func repository() throws -> TwoReleases {
    let releases = try TwoReleases()
    let study = try blocks().study
    // So few tokens need smaller numbers than the page's models.
    let start = try #require(study.range(of: "align:")).lowerBound
    try releases.write(
      study[..<start] + TwoReleases.options + study[start...], to: "checks/release.yaml")
    // The first baseline there is: a run without the hypothesis that needs one.
    let first = study.split(separator: "\n").filter { !$0.contains("baseline:") }.joined(separator: "\n")
    try releases.write(
      first.replacing("align:", with: TwoReleases.options + "align:") + "\n", to: "checks/first.yaml")
    let run = try releases.tool.run("check", "checks/first.yaml")
    #expect(run.code == 0, "\(run.out) \(run.err)")
    let copy = try releases.tool.shell(#require(page.blocks("sh").first))
    #expect(copy.code == 0, "\(copy.err)")
    let move = try releases.tool.shell(
      "rm -r reports && mkdir releases && mv models/old.gguf releases/previous.gguf && mv models/new.gguf releases/candidate.gguf"
    )
    #expect(move.code == 0, "\(move.err)")
    return releases
  }

  @Test func theWorkflowOfGitHubIsGreen() throws {
    let releases = try repository()
    defer { releases.tool.remove() }
    let steps = try gitHubSteps()
    #expect(steps.count == 3 && steps[1].hasPrefix("sextant check "))
    for step in steps {
      let run = try releases.tool.shell(
        "set -e; export GITHUB_WORKSPACE=$PWD GITHUB_STEP_SUMMARY=$PWD/summary.md\n" + step)
      #expect(run.code == 0 && !run.err.contains("::error"), "\(step): \(run.out) \(run.err)")
    }
    #expect(try releases.read("summary.md").contains("3 of 3 expectations passed"))
    #expect(try releases.read("sextant.xml").contains("failures=\"0\" errors=\"0\""))
    #expect(releases.exists("baseline-of-this-release.json") && releases.exists("reports/release/report.md"))
  }

  @Test func theScriptOfGitLabSeesWhatGotWorse() throws {
    let releases = try repository()
    defer { releases.tool.remove() }
    let reader = YAMLReader(path: "ci.md")
    let jobs = try reader.entries(reader.document(try blocks().gitLab), "jobs")
    let job = try reader.members(
      #require(jobs.first).value, "check", known: ["image", "script", "artifacts"])
    let script = try reader.elements(job["script"], "script").map { try reader.text($0, "script") }
    #expect(script.count == 1)
    let place = try releases.tool.shell(
      "mv releases/previous.gguf models/old.gguf && cp \(tinyQwen) models/new.gguf")
    #expect(place.code == 0, "\(place.err)")
    // The store of the run before is another model's.
    #expect(try releases.tool.shell(script[0]).code == 4)
    let worse = try releases.tool.shell("rm -f models/*.h5\n" + script[0])
    #expect(worse.code == 1, "\(worse.out) \(worse.err)")
    #expect(try releases.read("sextant.xml").contains("<failure "))
  }

  @Test func everyCodeOfTheTableIsOne() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let help = try tool.run("--help").out
    let codes = page.text.matches(of: /(?m)^\| (\d+) \|/).map { String($0.1) }
    #expect(codes.count == 8)
    for code in codes { #expect(help.contains(" \(code)  "), "\(code)") }
  }
}
