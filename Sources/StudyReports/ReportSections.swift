internal import Alignment
internal import Foundation
internal import Geometry
internal import Reports
internal import Steering
internal import Studies
internal import Transformers
internal import Workflow

/// The sections of a report, in its order.
extension ReportWriter {
  mutating func models(_ results: StudyResults) throws {
    document.heading(2, "Models")
    let table = Table(
      "The models and their token embeddings; the cosine is the mean one of a token's embedding with its unembedding.",
      columns: [
        .init("model"), .init("file"), .init("architecture"), .init("quantisation"),
        .init("vocabulary", .integer),
        .init("d_model", .integer), .init("unembedding"), .init("its cosine", .number(.decimals(4))),
      ],
      rows: results.models.map {
        [
          .text($0.name), .text($0.file), .text($0.architecture), .text($0.quantisation),
          .integer($0.vocabularySize),
          .integer($0.width), .text($0.isTied ? "tied" : "own"),
          .optional($0.unembeddingCosine, "one matrix"),
        ]
      })
    try add(table, "models")
    let copies = results.models.filter { !$0.isTied && $0.hasOneEmbedding }
    if !copies.isEmpty {
      document.paragraph(
        "The unembedding of \(copies.map(\.name).joined(separator: ", ")) is the embedding once more, in "
          + "another quantisation (mean cosine of a token's two rows above 0.99). Models whose unembedding is their embedding are "
          + "compared with one another once: output embeddings would be no second piece of evidence.")
    }
    for space in EmbeddingSpace.allCases where results.pairs.contains(where: { $0.space == space }) {
      try modelSet(ModelSet(results, space: space), space)
    }
  }

  /// Matrices of one space; with three models or more also who is related, a tree and a map.
  private mutating func modelSet(_ set: ModelSet, _ space: EmbeddingSpace) throws {
    let stem = set.task
    let shared = set.measures.firstIndex { $0.key == MutualNeighbours.name } ?? 0
    // Of two models a matrix is one number.
    guard set.names.count > 2 else { return }
    try add(
      try set.matrix(
        measure: shared, title: "Shared neighbours of the \(space.rawValue) embeddings", drawing), stem,
      "How similar every pair of models is: mutual nearest neighbours of the centred \(space.rawValue) embeddings; a dot "
        + "marks pairs beyond the null.")
    document.heading(3, "Which models are related (\(space.rawValue) embeddings)")
    try add(set.table, "\(stem).related")
    for (position, measure) in set.measures.enumerated() where position != shared {
      try add(
        try set.matrix(
          measure: position,
          title: measure.name.prefix(1).uppercased() + measure.name.dropFirst()
            + ", \(space.rawValue) embeddings", drawing),
        "\(stem).\(measure.key)", "The same by another measure: \(measure.name).")
    }
    switch set.distances {
    case .failure(let error):
      document.paragraph("No tree and no map: \(error.description).")
    case .success(let distances):
      try treeAndMap(set, distances, stem)
    }
  }

  private mutating func treeAndMap(_ set: ModelSet, _ distances: ModelDistances, _ stem: String) throws {
    let tree = HierarchicalClustering(distances)
    try add(
      try set.tree(tree, drawing), "\(stem).tree",
      "Average linkage of the \(distances.measure): joints stand at the mean distance of the models on their two sides. "
        + "Correlation of these heights with the distances: \(number(tree.copheneticCorrelation, .decimals(3)))."
    )
    let map = try MultidimensionalScaling(distances)
    try add(
      try set.map(map, drawing), "\(stem).map",
      "Classical scaling of the same distances; only distances on the map have a meaning. Stress \(number(map.stress, .decimals(3))); "
        + "the two axes show \(number(map.shownShare.map { 100 * $0 }, .decimals(0))) % of the spread; negative eigenvalues are "
        + "\(number(map.negativeShare.map { 100 * $0 }, .decimals(1))) % of all.")
    if !distances.violations.isEmpty {
      document.paragraph(
        "The triangle inequality fails beyond the errors, since each pair is measured on its own shared tokens: "
          + distances.violations.prefix(5).map { violation -> Markdown in
            "\(violation.from) to \(violation.to) over \(violation.over) by \(number(violation.excess, .decimals(3))) rad"
          }.joined(separator: "; ") + ".")
    }
  }

  mutating func pair(_ pair: PairResult) throws {
    let tables = ComparisonTables(pair: pair)
    document.heading(
      2, "\(pair.a) and \(pair.b)" + (pair.space == .input ? "" : ", \(pair.space.rawValue) embeddings"))
    document.heading(3, "Shared tokens")
    try add(tables.match, "\(pair.name).match")
    document.paragraph(
      "The filter keeps \(pair.match.used) of \(pair.match.matched) pairs; left out: "
        + pair.match.rejected.sorted { $0.key < $1.key }.map { entry -> Markdown in
          "\(Self.words(entry.key)) \(entry.value)"
        }.joined(separator: ", ") + ".")
    let untrained = UntrainedTables(pair: pair)
    if let found = untrained.found { try add(found, "\(pair.name).untrained-rows") }
    if let effect = untrained.effect { try add(effect, "\(pair.name).untrained") }
    try tokens(pair)
    document.heading(3, "What the two spaces share")
    for (table, name) in tables.similarities { try add(table, "\(pair.name).\(name)") }
    document.heading(3, "Intrinsic dimension")
    try add(tables.dimensions, "\(pair.name).dimension")
    try add(tables.dimensionAgreement, "\(pair.name).dimension-agreement")
    try add(
      try tables.dimensionHistogram(drawing), "\(pair.name).dimension",
      "Distribution of the local-PCA dimension per token.")
    for figure in try PairFigures(pair, drawing).all() {
      try add(figure.figure, "\(pair.name).\(figure.name)", figure.caption)
    }
    if !pair.alignments.isEmpty {
      document.heading(3, "Maps between the spaces")
      let alignments = AlignmentTables(alignments: pair.alignments)
      try add(alignments, pair.name)
      try add(
        try alignments.retrievalFigure(drawing), "\(pair.name).retrieval",
        "Held-out retrieval of each map against the same fit on shuffled pairs; bars carry 95 % intervals.")
    }
    if let curves = pair.curves, !curves.isEmpty {
      try self.curves(LearningCurveTables(curves: curves), pair)
    }
  }

  /// The maps of a pair that is not compared.
  mutating func maps(_ maps: MappedPair) throws {
    if joint.pairs.isEmpty { document.heading(2, "Maps between \(maps.a) and \(maps.b)") }
    try add(AlignmentTables(alignments: maps.alignments), maps.name)
  }

  private mutating func add(_ alignments: AlignmentTables, _ pair: String) throws {
    try add(alignments.scores, "\(pair).alignment")
    try add(alignments.retrieval, "\(pair).retrieval")
    if let found = alignments.found { try add(found, "\(pair).found-anchors") }
    if let classes = alignments.classes { try add(classes, "\(pair).alignment-classes") }
  }

  private mutating func curves(_ tables: LearningCurveTables, _ pair: PairResult) throws {
    document.heading(3, "Anchors")
    try add(tables.table, "\(pair.name).learning-curve")
    try add(
      try tables.figure(drawing), "\(pair.name).learning-curve",
      "Held-out retrieval over the number of anchors; bands hold the middle 95 % of the seeds. "
        + (tables.finding ?? ""))
  }

  mutating func layers(_ comparison: LayerComparison) throws {
    let tables = LayerTables(layers: comparison)
    let name = "\(comparison.a)--\(comparison.b)"
    document.heading(2, "\(comparison.a) and \(comparison.b), layer by layer")
    document.paragraph(
      "The residual stream for matched tokens, each "
        + (comparison.carrier.isEmpty
          ? "alone behind the begin of sequence" : "behind “\(comparison.carrier)”")
        + ", and for texts that both read. "
        + "All layers are in \(code: "\(name).layers.grid.csv").")
    try add(tables.searches, "\(name).layers")
    try TextFile.write(tables.grid.csv(), to: folder.appending(path: "\(name).layers.grid.csv"))
    for sample in comparison.samples {
      let kind = sample.kind.rawValue
      document.heading(3, "Layers, \(kind)")
      for figure in try tables.figures(sample, drawing) {
        try add(figure.figure, "\(name).layers.\(figure.name)", figure.caption)
      }
      for normalisation in tables.normalisations {
        let stem = "\(name).layers.\(kind).\(normalisation.rawValue)"
        show(tables.matched(sample, normalisation, limit: 7))
        try TextFile.write(
          tables.matched(sample, normalisation).csv(), to: folder.appending(path: "\(stem).csv"))
      }
      show(tables.profiles(sample, limit: 5))
      try TextFile.write(
        tables.profiles(sample).csv(), to: folder.appending(path: "\(name).layers.\(kind).profile.csv"))
    }
    guard let maps = tables.maps(), let readable = tables.maps(limit: 7) else { return }
    document.heading(3, "Maps between layers")
    show(readable)
    try TextFile.write(maps.csv(), to: folder.appending(path: "\(name).layers.maps.csv"))
    try add(
      try tables.mapCurve(drawing), "\(name).layers.maps",
      "What an affine map predicts of the target's states on texts that it has not seen, and what token identity alone does."
    )
  }

  /// One table of all transfers, and a file for each.
  private mutating func joined(_ kind: TransferTables.Kind, _ transfers: [TransferResult]) throws {
    var parts: [(label: String, table: Table)] = []
    let isOneWay = Set(transfers.map { "\($0.source)--\($0.target)" }).count == 1
    for transfer in transfers {
      guard let table = TransferTables(transfer: transfer).table(kind) else { continue }
      let name = "\(transfer.name.replacing("/", with: ".")).\(kind.rawValue)"
      try TextFile.write(table.csv(), to: folder.appending(path: "\(name).csv"))
      parts.append((isOneWay ? transfer.validation.behaviour : transfer.name, table))
    }
    for table in Table.joined(parts, by: "behaviour", caption: kind.caption) { show(table) }
  }

  mutating func transfers(_ transfers: [TransferResult]) throws {
    document.heading(2, "Steering vectors carried over")
    try add(TransferTables.verdicts(transfers), "transfers")
    for transfer in transfers {
      let tables = TransferTables(transfer: transfer)
      let stem = transfer.name.replacing("/", with: ".")
      document.heading(3, "\(transfer.validation.behaviour): \(transfer.source) to \(transfer.target)")
      document.paragraph(tables.verdict)
      try add(
        try tables.doseResponse(drawing), "\(stem).dose-response",
        "Change of the held-out log-odds since dose 0, means over the items with 95 % intervals. The grey band holds 90 % of the vectors "
          + "of permuted labels at equal norm, as dose times effect.")
      document.paragraph("\(tables.checks)")
      if !transfer.validation.texts.isEmpty {
        try TextFile.write(tables.texts.csv(), to: folder.appending(path: "\(stem).texts.csv"))
        document.paragraph("What it writes (all texts are in \(code: "\(stem).texts.csv")):")
        for (prompt, texts) in tables.textsByPrompt.prefix(2) {
          document.paragraph("*\(prompt)* …")
          document.list(texts.map { "**\($0.label)**: … \($0.continuation)" })
        }
      }
    }
    document.heading(3, "Vectors in numbers")
    for kind in TransferTables.Kind.allCases { try joined(kind, transfers) }
  }
}
