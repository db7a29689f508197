public import Reports
public import Studies

extension [PlannedStep] {
  /// What a run would do, a line for each step that it tells of: the measures of a pair are one.
  ///
  /// Seconds are those of the last time, maybe with other options, and else by formula; memory is by formula.
  public func table(of study: Study) -> Table {
    let due = filter { $0.fate != .kept }
    let unknown = due.count { $0.expected == nil }
    var table = Table(
      "What a run of \(study.name) would do: \(count - due.count) of \(count) steps are kept"
        + (due.isEmpty
          ? "."
          : "; the others take about \(Self.seconds(due)) s\(unknown > 0 ? " and what is not estimated (\(unknown))" : ""). Seconds are those of "
            + "the last time, maybe with other options, or else, like memory, estimates by formula from the models' sizes and the speed of "
            + "this machine: good to a factor of two or three."),
      columns: [
        .init("step"), .init("kept", .integer), .init("to do", .integer),
        .init("seconds", .number(.significant(2))), .init("from"),
        .init("memory", unit: "MB", .number(.significant(2))), .init("why"),
      ])
    for (name, steps) in grouped(by: \.told) {
      let due = steps.filter { $0.fate != .kept }
      let known = due.compactMap(\.expected)
      table.append([
        .text(name), .integer(steps.count - due.count), .integer(due.count),
        due.isEmpty
          ? .number(0) : known.isEmpty ? .notEvaluable("not estimated") : .number(known.reduce(0, +)),
        .text(due.isEmpty ? "kept" : Self.source(due)),
        due.compactMap(\.bytes).max().map { .number($0 / 1e6) }
          ?? (due.isEmpty ? .number(0) : .notEvaluable("not estimated")),
        .text(Self.reasons(due)),
      ])
    }
    return table
  }

  /// Where the seconds of steps to be done are from.
  private static func source(_ due: [PlannedStep]) -> String {
    var sources: [String] = []
    if due.contains(where: { $0.seconds != nil }) { sources.append("last time") }
    if due.contains(where: { $0.seconds == nil && $0.estimate != nil }) { sources.append("formula") }
    let words = sources.joined(separator: ", ")
    return due.contains { $0.expected == nil } && !sources.isEmpty ? words + ", in part" : words
  }

  private static func seconds(_ steps: [PlannedStep]) -> String {
    NumberFormat.significant(2).text(steps.compactMap(\.expected).reduce(0, +)) ?? "0"
  }

  /// Each reason once.
  private static func reasons(_ due: [PlannedStep]) -> String {
    let all = due.flatMap { step -> [String] in
      guard case .due(let why) = step.fate else { return [] }
      return why.isEmpty ? [step.seconds == nil ? "never done" : "what it left is gone"] : why
    }
    return all.enumerated().filter { !all.prefix($0).contains($1) }.map(\.element).joined(separator: ", ")
  }
}

extension PlannedStep {
  /// What it took the last time, or what it will take by formula.
  fileprivate var expected: Double? { seconds ?? estimate }
}
