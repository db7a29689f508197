public import Reports
public import Studies

extension [PlannedStep] {
  /// What a run would do, a line for each step that it tells of: the measures of a pair are one.
  public func table(of study: Study) -> Table {
    let due = filter { $0.fate != .kept }
    var table = Table(
      "What a run of \(study.name) would do: \(count - due.count) of \(count) steps are kept; the others took "
        + "\(Self.seconds(due)) s when they were last done, maybe with other options, and \(due.count { $0.seconds == nil }) of them never were.",
      columns: [
        .init("step"), .init("kept", .integer), .init("to do", .integer),
        .init("seconds", alignment: .right), .init("why"),
      ])
    for (name, steps) in parts {
      let due = steps.filter { $0.fate != .kept }
      table.append([
        .text(name), .integer(steps.count - due.count), .integer(due.count),
        .text(due.isEmpty ? "" : due.contains { $0.seconds != nil } ? Self.seconds(due) : "not known"),
        .text(Self.reasons(due)),
      ])
    }
    return table
  }

  /// In the order of the run.
  private var parts: [(name: String, steps: [PlannedStep])] {
    reduce(into: []) { parts, step in
      let words = step.name.split(separator: "/")
      let name = words[0] == "compare" ? words.prefix(2).joined(separator: "/") : step.name
      if let place = parts.firstIndex(where: { $0.name == name }) {
        parts[place].steps.append(step)
      } else {
        parts.append((name, [step]))
      }
    }
  }

  private static func seconds(_ steps: [PlannedStep]) -> String {
    NumberFormat.decimals(1).text(steps.compactMap(\.seconds).reduce(0, +)) ?? "0"
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
