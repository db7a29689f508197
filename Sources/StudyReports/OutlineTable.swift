internal import Foundation
public import Reports
public import Studies

extension StudyOutline {
  /// One row a step.
  public var table: Table {
    var caption =
      "What a run will do. Seconds and memory are estimates, good to a factor of two or three: from an earlier run of the step, or "
      + "from a formula of the models' sizes and the speed of this machine."
    let toDo = steps.count { !$0.isKept }
    caption += " \(steps.count - toDo) of \(steps.count) steps are kept"
    if toDo > 0 {
      caption += "; the others take about \(Self.rounded(seconds)) s"
      if unestimated > 0 { caption += " and what is not estimated" }
      caption += ", with about \(Self.rounded(bytes / 1e6)) MB"
    }
    return Table(
      caption + ".",
      columns: [
        .init("step"), .init("kept"), .init("estimate", unit: "s", .number(.significant(2))),
        .init("memory", unit: "MB", .number(.significant(2))), .init("from"),
      ],
      rows: steps.map { step in
        [
          .text(step.name), .text(step.isKept ? "yes" : "no"),
          step.seconds.map { .number($0.value) } ?? .notEvaluable("not estimated"),
          step.bytes.map { .number($0 / 1e6) } ?? .notEvaluable("not estimated"),
          .text((step.seconds?.source.rawValue ?? "") + (step.seconds?.isLeast == true ? ", of a part" : "")),
        ]
      })
  }

  private static func rounded(_ value: Double) -> String { NumberFormat.significant(2).text(value) ?? "0" }
}
