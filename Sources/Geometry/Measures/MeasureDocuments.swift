internal import Vocabularies

// What the documentation says of the measures is made from their list.

extension Measures {
  /// What each number cannot see as a Markdown document, a section for each group; docs/invariances.md holds it.
  public static var invariances: String {
    var lines = [
      "# What each measure cannot see",
      "",
      "A dot marks a transformation of a space that leaves the measure's value as it is; for two spaces, of",
      "either one alone. An empty cell means that the value changes. Each cell is tested on random clouds.",
      "The name is that of `results.json` and of hypotheses.",
      "",
      "Made from `Measures.all`; to write it anew, run the tests with `SEXTANT_WRITE_DOCS=1`.",
    ]
    let columns = Transformation.allCases
    let rows =
      all.flatMap { blindness(of: $0) } + Gauge.allCases.map { ($0.words, $0.rawValue, $0.invariance) }
    for group in Invariance.Group.allCases {
      lines += ["", "## \(group.rawValue)", ""]
      lines.append("| measure | name | " + columns.map(\.title).joined(separator: " | ") + " | remark |")
      lines.append("|--|--|" + columns.map { _ in ":-:|" }.joined() + "--|")
      for (title, key, invariance) in rows where invariance.group == group {
        let cells = columns.map { invariance.blindTo.contains($0) ? "•" : " " }
        lines.append(
          "| \(title) | `\(key)` | " + cells.joined(separator: " | ") + " | \(invariance.remark) |")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func blindness<M: Measure>(of measure: M.Type) -> [(String, String, Invariance)] {
    M.metrics(MeasureOptions()).compactMap { metric in
      metric.invariance.map { invariance in
        let words = { (text: String) in
          text.replacing("{a}", with: "A").replacing("{b}", with: "B").replacing("{model}", with: "MODEL")
            .replacing("{side}", with: "a")
        }
        return (words(metric.title), words(metric.key), invariance)
      }
    }
  }

  /// Tasks and metrics of all measures as a Markdown table; docs/studies.md holds it.
  public static var names: String {
    var rows: [(task: String, group: MeasureGroup?, keys: [String])] = []
    for (task, key, group) in all.flatMap({ numbers(of: $0) }) {
      if let index = rows.firstIndex(where: { $0.task == task && $0.group == group }) {
        if !rows[index].keys.contains(key) { rows[index].keys.append(key) }
      } else {
        rows.append((task, group, [key]))
      }
    }
    let lines = rows.map { row in
      "| `A--B/\(row.task)` | \(row.keys.map { "`\($0)`" }.joined(separator: ", ")) | \(row.group?.rawValue ?? "") |"
    }
    return (["| task | metrics | in `also` |", "|--|--|--|"] + lines).joined(separator: "\n") + "\n"
  }

  private static func numbers<M: Measure>(of measure: M.Type) -> [(String, String, MeasureGroup?)] {
    let classes = Set(TokenClass.allCases.map(\.rawValue))
    return M.metrics(MeasureOptions()).flatMap { metric in
      (metric.key.contains("{side}") ? Side.allCases : [.first]).map { side in
        let parts = "\(M.task)/\(metric.key)".replacing("{gauge}", with: "GAUGE")
          .replacing("{model}", with: "MODEL").replacing("{side}", with: side.rawValue).split(separator: "/")
          .map { classes.contains(String($0)) ? "CLASS" : String($0) }
        return (parts.dropLast().joined(separator: "/"), parts.last ?? "", M.group)
      }
    }
  }
}
