import Foundation
import Testing

/// `sextant check` on two releases of a tiny model, and what it tells build servers.
struct CheckTests {
  private let surely =
    "name: as it was, metric: old--new/centred/orientation, bound: lower, op: \">\", threshold: 0.9"

  @Test func aCheckLeavesReportAndResults() throws {
    let releases = try TwoReleases()
    defer { releases.tool.remove() }
    try releases.study(
      surely,
      "name: the scale, metric: old--new/ridge/norm_ratio, bound: both, op: within, threshold: 1, tolerance: 0.1"
    )
    let check = try releases.tool.run("check", "checks/release.yaml", "--junit", "checks.xml")
    #expect(check.code == 0, "\(check.err)")
    let lines = check.out.split(separator: "\n").map(String.init)
    #expect(lines.count == 4, "\(check.out)")
    #expect(
      lines[0].hasPrefix(
        "passed    as it was: lower bound of old--new/centred/orientation > 0.9: observed 0.9"))
    #expect(lines[1].contains("both bounds of old--new/ridge/norm_ratio within 0.1 of 1.0"))
    #expect(lines[2] == "2 of 2 expectations passed, 0 failed, 0 not evaluable.")
    #expect(lines[3] == "reports/release/report.md")
    #expect(try releases.read("reports/release/report.md").contains("sextant check checks/release.yaml"))
    #expect(releases.exists("reports/release/results.json"))
    let xml = try releases.read("checks.xml")
    for part in [
      "<property name=\"seed\" value=\"1\"/>", "<property name=\"sextant\" value=\"",
      "<property name=\"model.new\" value=\"new.gguf\"/>", "<property name=\"model.old.sha256\" value=\"",
      "file=\"checks/release.yaml\" line=\"7\" time=\"", "file=\"checks/release.yaml\" line=\"8\" time=\"",
    ] {
      #expect(xml.contains(part), "\(part) in \(xml)")
    }
    // The steps have taken time.
    #expect(!xml.contains(/<testsuite name="release"[^>]* time="0\.000">/))
  }

  @Test func gitHubSeesTheLineOfWhatFails() throws {
    let releases = try TwoReleases()
    defer { releases.tool.remove() }
    try releases.study(
      surely,
      "name: 'more, than: all', metric: old--new/centred/orientation, bound: lower, op: \">\", threshold: 1",
      "name: no interval, metric: old--new/ridge/condition_number, bound: upper, op: \"<\", threshold: 9")
    let script = """
      export GITHUB_WORKSPACE=$PWD GITHUB_STEP_SUMMARY=$PWD/summary.md
      echo before > summary.md
      cd checks && sextant check release.yaml --models ../models --github --json
      """
    let check = try releases.tool.shell(script)
    #expect(check.code == 1, "\(check.err)")
    let annotations = check.err.split(separator: "\n").filter { $0.hasPrefix("::error ") }
    #expect(annotations.count == 2, "\(check.err)")
    #expect(
      annotations.first?.hasPrefix(
        "::error file=checks/release.yaml,line=8,title=more%2C than%3A all::expected lower bound of ") == true
    )
    #expect(annotations.last?.contains("line=9,title=no interval::not evaluable: ") == true)
    // Standard output is the result alone.
    #expect(check.out.hasPrefix("{\n") && check.out.hasSuffix("}\n"))
    let summary = try releases.read("summary.md")
    #expect(
      summary.hasPrefix("before\n## release\n") && summary.contains("| FAILED | more, than: all |"),
      "\(summary)")
  }

  @Test func aNumberWithoutAnIntervalMeetsNoBounds() throws {
    let releases = try TwoReleases()
    defer { releases.tool.remove() }
    try releases.study(
      surely,
      "name: no interval, metric: old--new/ridge/condition_number, bound: upper, op: \"<\", threshold: 9")
    let check = try releases.tool.run("check", "checks/release.yaml")
    #expect(check.code == 5 && check.out.contains("no answer no interval: "), "\(check.out) \(check.err)")
  }

  @Test func aBaselineIsTheLastRelease() throws {
    let releases = try TwoReleases()
    defer { releases.tool.remove() }
    let metric = "metric: old--new/centred/mutual_knn"
    func check(_ hypothesis: String) throws -> Tool.Output {
      try releases.study(hypothesis)
      return try releases.tool.run("check", "checks/release.yaml")
    }
    let missing = try check("name: h, \(metric), op: \">=\", baseline: last.json, tolerance: 0")
    #expect(missing.code == 2 && missing.err.contains("hypotheses[0].baseline"), "\(missing.err)")
    #expect(!releases.exists("reports"))
    #expect(try releases.tool.run("run", "checks/release.yaml").code == 2)
    #expect(try check(surely).code == 0)
    try FileManager.default.copyItem(
      atPath: releases.tool.path("reports/release/results.json"),
      toPath: releases.tool.path("checks/last.json"))
    for passing in ["op: \">=\", tolerance: 0", "op: within, tolerance: 2 %", "op: \"<=\", tolerance: 0.5"] {
      let same = try check("name: h, \(metric), baseline: last.json, \(passing)")
      #expect(
        same.code == 0 && same.out.contains("its value in last.json"), "\(passing): \(same.out) \(same.err)")
    }
    // A release that was better by half.
    let number = /"mutual_knn": [0-9.]+/
    try releases.write(
      try releases.read("checks/last.json").replacing(number, with: "\"mutual_knn\": 0.999"),
      to: "checks/last.json")
    for failing in [
      "op: \">=\", tolerance: 0.02", "op: within, tolerance: 2 %", "op: within, bound: both, tolerance: 0.1",
    ] {
      let worse = try check("name: h, \(metric), baseline: last.json, \(failing)")
      #expect(worse.code == 1, "\(failing): \(worse.out) \(worse.err)")
    }
    // A metric that the baseline lacks is named.
    try releases.write("{\"results\": {\"old--new/centred\": {\"cka\": 1}}}", to: "checks/last.json")
    let lacking = try check("name: h, \(metric), baseline: last.json, op: within, tolerance: 0.1")
    #expect(
      lacking.code == 2 && lacking.err.contains("old--new/centred/mutual_knn in checks/last.json"),
      "\(lacking.err)")
    // The study's own results would be held against themselves.
    let own = try check(
      "name: h, \(metric), baseline: ../reports/release/results.json, op: within, tolerance: 0")
    #expect(own.code == 2 && own.err.contains("a file that this study does not write"), "\(own.err)")
  }

  @Test func cleanRemovesWhatIsMadeAnew() throws {
    let releases = try TwoReleases()
    defer { releases.tool.remove() }
    try releases.study(surely)
    let nothing = try releases.tool.run("clean")
    #expect(nothing.code == 0 && nothing.out == "nothing is kept in models and reports\n")
    #expect(try releases.tool.run("check", "checks/release.yaml").code == 0)
    #expect(try releases.tool.run("graph", "old", "-k", "3").code == 0)
    // Called like a graph, and none.
    try FileManager.default.copyItem(
      atPath: releases.tool.path("models/old.h5"), toPath: releases.tool.path("models/a.knn3-0123abcd.h5"))
    func files() throws -> Set<String> {
      Set(
        try FileManager.default.subpathsOfDirectory(atPath: releases.tool.folder.path).filter {
          !$0.hasPrefix(".")
        })
    }
    let before = try files()
    let graphs = before.filter { $0.contains("/old.knn") || $0.contains("/new.knn") }
    #expect(!graphs.isEmpty)
    let listed = try releases.tool.run("clean")
    #expect(
      listed.code == 0 && listed.err.contains("models/a.knn3-0123abcd.h5 is called like"), "\(listed.err)")
    for path in graphs.union(["reports/release/.steps"]) {
      #expect(listed.out.contains(" MB  \(path)  "), "\(path)")
    }
    #expect(listed.out.contains("sextant clean --yes"))
    #expect(try files() == before)
    let cleaned = try releases.tool.run("clean", "--yes")
    #expect(cleaned.code == 0 && cleaned.out.hasSuffix(" in all, removed\n"))
    let after = try files()
    #expect(after == before.filter { !graphs.contains($0) && !$0.hasPrefix("reports/release/.steps") })
    #expect(after.contains("models/old.h5") && after.contains("models/a.knn3-0123abcd.h5"))
    #expect(after.contains("reports/release/report.md") && after.contains("alignments/old--new.ridge.h5"))
    #expect(try releases.tool.run("check", "checks/release.yaml").code == 0)
  }
}
