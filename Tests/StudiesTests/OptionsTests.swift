import Alignment
import Geometry
import Steering
import Studies
import Testing
import Transformers
import Workflow

@Suite struct AlignOptionsTests {
  private func align(_ text: String, steer: String = "") throws -> MapOptions {
    try Study.parse("name: s\nmodels: [a, b]\nalign: \(text)\n\(steer)", path: "s.yaml").align
  }

  @Test func methodsAndCurvesAreRead() throws {
    #expect(try align("{methods: all}").methods == MapOptions.allMethods)
    let all = try align("{methods: all, learning_curve: true, by_class: true}")
    #expect(all.learningCurve == MapOptions.anchoredMethods && all.byClass)
    #expect(try align("{methods: [ridge, unsupervised], learning_curve: true}").learningCurve == ["ridge"])
    #expect(try align("{learning_curve: [local]}").learningCurve == ["local"])
    #expect(try align("{learning_curve: false}").learningCurve.isEmpty)
    let words = try align("{held_out_groups: true, candidates: matched}")
    #expect(words.heldOutGroups && words.candidates == .matched)
  }

  @Test(arguments: [
    ("{methods: [ridge, bogus]}", "align.methods[1]"), ("{methods: [ridge, ridge]}", "align.methods[1]"),
    ("{methods: []}", "align.methods"), ("{methods: most}", "align.methods"),
    ("{learning_curve: [unsupervised]}", "align.learning_curve[0]"),
    ("{learning_curve: perhaps}", "align.learning_curve"), ("{by_class: 3}", "align.by_class"),
    ("{candidates: all}", "align.candidates"), ("{held_out_groups: 2}", "align.held_out_groups"),
  ])
  func badOptionsNameTheirPlace(text: String, place: String) throws {
    let error = #expect(throws: (any Error).self) { try align(text) }
    #expect("\(try #require(error))".contains(place), "\(String(describing: error))")
  }

  @Test func onlyAMatrixFittedOnAnchorsCarriesVectors() throws {
    for method in ["local", "token-pursuit", "unsupervised"] {
      let error = #expect(throws: (any Error).self) {
        try align("{methods: all}", steer: "steer: {behaviours: [sentiment], method: \(method)}")
      }
      #expect("\(try #require(error))".contains("steer.method"))
    }
    #expect(throws: Never.self) {
      try align("{methods: all}", steer: "steer: {behaviours: [sentiment], method: landmark-pca}")
    }
  }
}

@Suite struct CompareOptionsTests {
  private func compare(_ text: String) throws -> CompareOptions {
    try Study.parse("name: s\nmodels: [a, b]\ncompare: \(text)\n", path: "s.yaml").compare
  }

  @Test func relationsAreForTokenProfiles() throws {
    #expect(try compare("{also: [token-profiles]}").relations == nil)
    #expect(try compare("{also: [token-profiles], relations: words.tsv}").relations == "words.tsv")
    for text in ["{relations: words.tsv}", "{also: [isotropy], relations: words.tsv}", "{relations: [a]}"] {
      let error = #expect(throws: (any Error).self) { try compare(text) }
      #expect("\(try #require(error))".contains("compare.relations"))
    }
  }
}

@Suite struct LayerOptionsTests {
  @Test func studiesAskForLayers() throws {
    let text =
      "name: s\nmodels: [a, b]\ncompare: {layers: true, layer_tokens: 100, layer_position: mean,\n"
      + "  layer_gauges: [raw, centred]}\n"
    let study = try Study.parse(text + "steer: {map: layer}\n", path: "s.yaml")
    #expect(study.compare.layers?.tokens == 100)
    #expect(study.compare.layers?.position == .mean)
    #expect(study.compare.layers?.normalisations == [.raw, .centred])
    #expect(study.steer.map == .layer)
    #expect(study.compare.layers?.carrier.isEmpty == false)
    let lone = try Study.parse(
      "name: s\nmodels: [a, b]\ncompare: {layers: true, layer_carrier: \"\"}\n", path: "s.yaml")
    #expect(lone.compare.layers?.carrier == "")
    #expect(try Study.parse("name: s\nmodels: [a, b]\n", path: "s.yaml").compare.layers == nil)
    for bad in [
      "compare: {layers: true, layer_tokens: 10}", "compare: {layers: yes please}",
      "compare: {layers: true, layer_position: all}",
      "compare: {layers: true, layer_gauges: []}", "compare: {layers: true, layer_gauges: [causal]}",
      "steer: {map: neither}",
      "steer: {map: layer, layer: best-separation}",
    ] {
      #expect(throws: (any Error).self) {
        try Study.parse("name: s\nmodels: [a, b]\n\(bad)\n", path: "s.yaml")
      }
    }
  }
}
