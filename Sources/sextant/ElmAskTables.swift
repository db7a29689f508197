import ELM
import Foundation
import Reports

/// The tables of `sextant elm ask`.
enum ElmAskTables {
  /// The answers with their controls below each.
  static func answers(_ replies: [ElmReply]) -> Table {
    let question = replies.first?.question ?? ""
    return Table(
      "\(question) SC is the cosine of the answer's vector and the point, about the mean; rank is that of the point among the domain's items.",
      columns: [
        .init("point"), .init("asked about"), .init("answer"), .init("SC", .number(.decimals(2))),
        .init("rank", .integer),
      ],
      rows: replies.flatMap { reply in
        [row(name(reply), "the point", reply.answer)]
          + reply.controls.map { control in
            row("", control.control.rawValue + (control.item.map { " (\($0))" } ?? ""), control.said)
          }
      })
  }

  /// Where the points lie.
  static func places(_ replies: [ElmReply]) -> Table {
    Table(
      "Where the points lie. Off the manifold: the distance to the nearest training item, as a percentile of that of "
        + "\(replies.first?.standings.first?.among ?? 0) held-out items; 100 is farther off than all of them.",
      columns: [
        .init("point"), .init("off the manifold", unit: "%", .number(.decimals(0))),
        .init("nearest items, with cosines"),
      ],
      rows: replies.flatMap { reply in
        zip([name(reply), reply.second ?? ""], reply.standings).map { name, standing in
          [
            .text(name), .number(standing.percentile),
            .text(
              standing.nearest.map { "\($0.name) \(String(format: "%.2f", $0.cosine))" }.joined(
                separator: ", ")),
          ]
        }
      })
  }

  /// The direction that points were moved along.
  static func concept(_ concept: ConceptDirection) -> Table {
    Table(
      "The direction of \(concept.attribute), \(concept.method.rawValue). On held-out items: the share of pairs in the right order for "
        + "an attribute of 0 and 1 (chance is 0.5), the correlation otherwise.",
      columns: [
        .init("training items", .integer), .init("held-out items", .integer),
        .init("held out", .number(.decimals(2))),
      ],
      rows: [
        [
          .integer(concept.trainingItems), .integer(concept.heldOutItems),
          concept.heldOut.map { .number($0) } ?? .notEvaluable("held-out items do not vary in it"),
        ]
      ])
  }

  private static func name(_ reply: ElmReply) -> String {
    reply.lambda.map { "λ = \(String(format: "%g", $0))" } ?? reply.point
  }

  private static func row(_ point: String, _ control: String, _ said: ElmReply.Said) -> [Table.Cell] {
    let reason = said.consistency.reason ?? ""
    return [
      .text(point), .text(control), .text(said.text + (said.hasEnded ? "" : " …")),
      said.consistency.value.map { .number($0.cosine) } ?? .notEvaluable(reason),
      said.consistency.value.map { .integer($0.rank) } ?? .notEvaluable(reason),
    ]
  }
}
