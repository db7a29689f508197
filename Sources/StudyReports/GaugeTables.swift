internal import Geometry
internal import Reports
internal import Statistics
internal import Studies
internal import Workflow

/// The tables of gauges and of isotropy; nil where they were not asked for.
struct GaugeTables {
  private let name: String
  private let models: [String]
  private let neighbours: Int
  private let numbers: PairNumbers

  init(pair: PairResult, numbers: PairNumbers) {
    (name, models, self.numbers) = (pair.name, Side.allCases.map(pair.findings.name), numbers)
    neighbours = pair.findings.options.neighbours
  }

  /// The gauges that there are numbers of.
  private var gauges: [Gauge] { Gauge.allCases.filter { !numbers.of("gauges/\($0.rawValue)").isEmpty } }

  var pair: Table? {
    guard !gauges.isEmpty else { return nil }
    var table = Table(
      "The pair in each gauge, applied to both spaces: relative orientation, unbiased CKA, mutual \(neighbours)-NN overlap, "
        + "and what a token gains in shared neighbours over the raw rows. The causal gauge is each model's own "
        + "unembedding covariance. 95 % jackknife intervals; overlaps have none, since tokens share neighbours.",
      columns: [
        .init("gauge"), .init("orientation", .estimate(.decimals(3)), metric: "orientation"),
        .init("CKA", .estimate(.decimals(3)), metric: "cka"),
        .init("mutual k-NN", .estimate(.decimals(3)), metric: "mutual_knn"),
        .init("gain over raw", .estimate(.decimals(3)), metric: "mutual_knn_gain"),
      ])
    for gauge in gauges {
      let task = "gauges/\(gauge.rawValue)"
      table.append(
        [.text(gauge.words)]
          + ["orientation", "cka", "mutual_knn"].map { .evaluation(numbers[task, $0]) }
          + [change(gauge, task, "mutual_knn_gain")], task: "\(name)/\(task)")
    }
    return table
  }

  var spaces: Table? {
    guard !gauges.isEmpty else { return nil }
    var table = Table(
      "How much of each space hangs on its gauge: the mean cosine of a token's \(neighbours) nearest, the same less the mean "
        + "cosine of all pairs, and against the raw rows the correlation of all cosines, the share of neighbours kept, and "
        + "the share of tokens that keep their nearest; only r has an interval, since tokens share neighbours.",
      columns: [
        .init("model"), .init("gauge"),
        .init("neighbours' cosine", .estimate(.decimals(3)), metric: "neighbour_cosine"),
        .init("corrected", .estimate(.decimals(3)), metric: "neighbour_cosine_corrected"),
        .init("r of cosines", .estimate(.decimals(3)), metric: "cosines_kept"),
        .init("neighbours kept", .estimate(.decimals(3)), metric: "neighbours_kept"),
        .init("nearest kept", .estimate(.decimals(3)), metric: "nearest_kept"),
      ])
    for model in models {
      for gauge in gauges {
        let task = "gauges/\(gauge.rawValue)/\(model)"
        table.append(
          [.text(model), .text(gauge.words)]
            + ["neighbour_cosine", "neighbour_cosine_corrected"].map { .evaluation(numbers[task, $0]) }
            + ["cosines_kept", "neighbours_kept", "nearest_kept"].map { change(gauge, task, $0) },
          task: "\(name)/\(task)")
      }
    }
    return table
  }

  /// A number that says how another gauge differs from the raw one.
  private func change(_ gauge: Gauge, _ task: String, _ key: String) -> Table.Cell {
    gauge == .raw ? .notEvaluable("these are the raw rows") : .evaluation(numbers[task, key])
  }

  var isotropy: Table? {
    guard !numbers.of("isotropy/\(models[0])").isEmpty else { return nil }
    var table = Table(
      "Isotropy of the raw rows. IsoScore* (shrunk to the mean variance) and the partition score are 1 for a space that fills "
        + "all directions alike; token ids stand in for frequency ranks.",
      columns: [
        .init("model"), .init("IsoScore*", .estimate(.decimals(3)), metric: "isoscore_star"),
        .init("partition score", .estimate(.significant(2)), metric: "partition_score"),
        .init("its null", .number(.decimals(3))),
        .init("norm and rank, ρ", .estimate(.decimals(3)), metric: "norm_rank"),
        .init("mean norm, first tenth", .estimate(.decimals(3)), metric: "norm_first_tenth"),
        .init("last tenth", .estimate(.decimals(3)), metric: "norm_last_tenth"),
      ])
    for model in models {
      let task = "isotropy/\(model)"
      let partition = numbers[task, "partition_score"]
      table.append(
        [
          .text(model), .evaluation(numbers[task, "isoscore_star"]), .evaluation(partition),
          .nullMean(partition),
        ] + ["norm_rank", "norm_first_tenth", "norm_last_tenth"].map { .evaluation(numbers[task, $0]) },
        task: "\(name)/\(task)")
    }
    return table
  }
}
