import Checkpoints
import Foundation
import Geometry
import Reports
import Statistics
import Stores
import Studies
import StudyReports
import Tensors
import TestSupport
import Testing
import Vocabularies
import Workflow

/// `results.json`, `results.csv` and the tables say the same, and a study can be run again from what it left.
@Suite struct ResultsFilesTests {
  private static let golden = tinyCheckpoints

  private static let yaml = """
    name: s
    question: "Are they alike: or \\"not\\"?"
    models: {old: \(golden)/llama.gguf, b: \(golden)/qwen2.gguf}
    seed: 3
    tokens: {letters_only: false, minimum_norm_quantile: 0}
    compare: {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20, also: [isotropy]}
    align: {methods: [ridge], candidates: matched}
    hypotheses: [{name: "it's small", metric: old--b/raw/orientation, op: "<", threshold: 0.5}]
    """

  private func fields(_ line: String) -> [String] {
    var (fields, field, isQuoted) = ([String](), "", false)
    for character in line {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        fields.append(field)
        field = ""
      default: field.append(character)
      }
    }
    return fields + [field]
  }

  @Test func theFilesAndTheTablesSayTheSame() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let study = try Study.parse(Self.yaml, path: "s.yaml")
    let results = try StudyRunner(study, folders: WorkFolders(in: tiny.folder.path), catalog: .empty).run()
    let folder = tiny.folder.appending(path: "reports/s")
    let report = try reportWritten(results, of: study, in: folder, command: "test")
    let json = try JSONValue(
      parsing: Data(contentsOf: folder.appending(path: "results.json")), file: "results.json")
    let known = KnownMetrics(study, behaviours: [])
    let text = try String(contentsOf: folder.appending(path: "results.csv"), encoding: .utf8)
    let lines = text.split(separator: "\r\n").map { fields(String($0)) }
    #expect(lines[0] == ["task", "metric", "value", "stderr", "lower", "upper", "n", "note"])
    let numbers: Int = results.metrics.values.map(\.count).reduce(0, +)
    #expect(lines.count - 1 == numbers && numbers > 100)
    for line in lines.dropFirst() {
      let (task, metric) = (line[0], line[1])
      let place = "\(task)/\(metric)"
      try #require(line.count == 8, "\(place)")
      #expect(known.contains(task: task, metric: metric), "no hypothesis can name \(place)")
      let members = try #require(json["results"]?[task], "\(place)")
      for (field, key) in [
        (2, metric), (3, metric + "_stderr"), (4, metric + "_lower"), (5, metric + "_upper"),
      ] {
        #expect(Double(line[field]) == members[key]?.double, "\(key) of \(task)")
      }
      #expect(Double(line[6]) == members[metric + "_n"]?.double, "\(place)")
      #expect(line[2].isEmpty == (members[metric] == .null) && (!line[2].isEmpty || !line[7].isEmpty))
    }
    let values = Dictionary(
      uniqueKeysWithValues: lines.dropFirst().map { ("\($0[0])/\($0[1])", Double($0[2])) })
    var named = 0
    for table in report.tables {
      for (row, cells) in table.rows.enumerated() {
        for (column, cell) in cells.enumerated() {
          guard let name = table.name(row: row, column: column), case .estimate(let value, _, _) = cell
          else { continue }
          #expect(values[name] == value, "\(name)")
          named += 1
        }
      }
    }
    #expect(named > 50)
    #expect(json["date"] != nil && json["versions"]?["sextant"] == .string(toolVersion))
    #expect(json["seeds"]?["study"] == 3)
    // Swift writes a case with a payload as {"case": {"_0": …}}.
    #expect(!json.text.contains("\"_0\""))
  }

  @Test func theConfigurationIsTheStudy() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let study = try Study.parse(Self.yaml, path: "s.yaml")
    let results = try StudyRunner(study, folders: WorkFolders(in: tiny.folder.path), catalog: .empty).run()
    let folder = tiny.folder.appending(path: "reports/s")
    _ = try writeReport(results, of: study, in: folder, command: "test")
    let json = try JSONValue(
      parsing: Data(contentsOf: folder.appending(path: "results.json")), file: "results.json")
    let file = tiny.folder.appending(path: "again/config.json")
    try TextFile.write(try #require(json["config"]).text, to: file)
    var again = try Study.load(file.path)
    again.file = study.file
    #expect(again == study)
    var elsewhere = WorkFolders(in: tiny.folder.path)
    elsewhere.models = tiny.folder.path + "/other"
    elsewhere.reports = tiny.folder.path + "/other-reports"
    let repeated = try StudyRunner(again, folders: elsewhere, catalog: .empty).run()
    #expect(repeated.metrics == results.metrics && !results.metrics.isEmpty)
  }

  /// Every option, none of them at its default.
  @Test func everyOptionComesBack() throws {
    var study = try Study.parse(
      """
      name: every
      question: all of it
      models: [{first: x/model}, org/second, third]
      seed: 4000000000
      tokens: {letters_only: false, whole_words: true, untrained: keep, minimum_norm_quantile: 0.25, shared_by_all: true}
      compare:
        {neighbours: 7, dimension_neighbours: 20, dimension_tokens: 30, spaces: [output, input],
          also: [token-profiles, gauges], relations: words.tsv, stratified_null: false, layers: true,
          layer_pairs: [first--third], layer_tokens: 60, layer_carrier: "", layer_position: mean, layer_neighbours: 5,
          layer_permutations: 19}
      align:
        {methods: [procrustes, ridge], space: output, held_out: 0.3, held_out_groups: true, candidates: held-out,
          by_class: true, learning_curve: [ridge]}
      steer:
        {behaviours: [tense, {mine: a/pairs.json}, b.json], map: layer, method: ridge, depth: 0.25,
          position: mean, extraction: principal-component, divergence: 0.125, items: 11, random_vectors: 19,
          permuted_labels: 29, shuffled_maps: 39, margin: 0.75, generated_tokens: 3, both_directions: true}
      figures:
        {formats: [pdf, png], width: 3.35in, font: serif, font_size: 8, titles: false, labels: {first: The first}}
      hypotheses:
        - {name: h, metric: first--third/raw/cka, op: ">=", threshold: 0.125}
      """, path: "every.yaml")
    let text = try study.configuration().text
    let again = try Study.parse(text, path: "config.json")
    study.file = again.file
    #expect(again == study)
    // A study that says only what it must, too.
    let plain = try Study.parse("name: p\nmodels: [a, b]\n", path: "p.yaml")
    var read = try Study.parse(try plain.configuration().text, path: "p.json")
    read.file = plain.file
    #expect(read == plain)
  }

  @Test(arguments: ["[{a: x, b: y}, c]", "[{a: x}, {a: y}]", "[{a: [x]}, b]", "[{}, b]"])
  func aNamedSourceIsOne(models: String) {
    #expect(throws: (any Error).self) { try Study.parse("name: s\nmodels: \(models)\n", path: "s.yaml") }
  }
}

/// The table of tokens is what measures found of each, nothing more.
@Suite struct TokenTableTests {
  private let texts =
    ["a\nb", "\"q\", c", "=SUM(1)", "nan", "null", "\\n", "\u{1B}[31m", "\u{0}x", " the", "123"]
    + (0..<110).map { " " + TinyStores.letters($0) }

  private func pair(_ tiny: TinyStores) throws -> StorePair {
    var random = SeededRandom(seed: 8)
    var rows = normalMatrix(texts.count, 6, &random)
    // One token's row is another's.
    for column in 0..<6 { rows[20, column] = rows[19, column] }
    let others = normalMatrix(texts.count, 7, &random)
    var pair = StorePair(try tiny.store("a", rows, texts), try tiny.store("b", others, texts))
    (pair.options.tokens.lettersOnly, pair.options.tokens.minimumNormQuantile) = (false, 0)
    (pair.options.compare.neighbours, pair.options.compare.dimensionNeighbours) = (5, 20)
    pair.options.compare.dimensionTokens = 30
    return pair
  }

  private func numbers(_ table: TokenTable, _ name: String) throws -> [Float] {
    guard case .numbers(let numbers) = try #require(table.columns.first { $0.name == name }, "\(name)").values
    else { throw CocoaError(.fileReadCorruptFile) }
    return numbers
  }

  @Test func theColumnsAreWhatTheMeasuresFound() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    var pair = try pair(tiny)
    pair.options.compare.also = [.tokenProfiles]
    let result = try pair.compared()
    let table = result.tokenTable
    let orientation = try #require(result.findings(RelativeOrientation.self, in: .centred)).perToken
    let compared = result.match.used
    #expect(compared == texts.count - 1 && result.tokens.compared == compared)
    #expect(
      try numbers(table, "orientation_centred").prefix(compared).map(\.isNaN) == orientation.map { $0 == nil }
    )
    #expect(try numbers(table, "orientation_centred")[0] == orientation[0].map { Float($0) })
    let overlap = try #require(result.findings(MutualNeighbours.self, in: .raw)).perToken
    #expect(try numbers(table, "mutual_knn_raw").prefix(compared).map { $0 } == overlap.map { Float($0) })
    let dimension = try #require(result.findings(IntrinsicDimension.self, of: .second))
    let local = try numbers(table, "local_pca_b")
    #expect(local.prefix(compared).count { !$0.isNaN } == 30)
    #expect(dimension.tokens.map { local[$0] } == dimension.dimensions.map { Float($0) })
    #expect(try numbers(table, "kaiser_a").prefix(compared).count { !$0.isNaN } == 30)
    // The copy is left out, last, without a number, and says why.
    #expect(
      table.columns.dropFirst(8).allSatisfy { column in
        if case .numbers(let values) = column.values { values.last?.isNaN == true } else { false }
      })
    #expect(result.tokens.untrainedA.last == .some(.duplicate))
  }

  @Test func everyTokenSurvivesTheFiles() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let result = try pair(tiny).compared()
    let (csv, h5) = (tiny.folder.path + "/t.csv", tiny.folder.path + "/t.h5")
    try result.writeTokens(to: [csv, h5])
    let table = try TokenTable.open(h5)
    guard case .texts(let read) = table.columns[0].values else {
      Issue.record("no texts")
      return
    }
    #expect(read == result.tokens.texts && Set(read).count == texts.count)
    #expect(read.contains("a\\nb") && read.contains("\\x3dSUM(1)") && read.contains("\\x00x"))
    let lines = try String(contentsOf: URL(filePath: csv), encoding: .utf8).split(separator: "\r\n")
    #expect(lines.count == texts.count + 1)
    #expect(
      lines[0].hasPrefix("text,row_a,row_b,match,class,untrained_a,untrained_b,compared,orientation_raw,"))
    #expect(lines.contains { $0.hasPrefix("\"\"\"q\"\", c\",1,1,sameBytes,") })
  }

  @Test func jsonNamesTheTokensAndDrawsAreAskedFor() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    let pair = try pair(tiny)
    let result = try pair.compared()
    let json = try pair.json(result)
    guard case .array(let names)? = json["tokens"]?["text"],
      case .array(let values)? = json["tokens"]?["orientation_centred"]
    else {
      Issue.record("no columns")
      return
    }
    #expect(names.count == texts.count && values.count == names.count && values.last == .null)
    #expect(json["draws"] == nil && !json.text.contains("\"_0\""))
    #expect(
      json["results"]?["a--b/centred"]?["orientation"]?.double
        == result.findings(RelativeOrientation.self, in: .centred)?.pearson.value)
    guard case .array(let draws)? = try pair.json(result, draws: true)["draws"]?["a--b/centred/mutual_knn"]
    else {
      Issue.record("no draws")
      return
    }
    #expect(draws.count > 10)
  }
}
