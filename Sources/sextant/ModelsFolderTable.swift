import Checkpoints
import Reports
import Stores

/// The models of a folder as a table.
struct ModelsFolderTable {
  let folder: String
  let models: ModelFolder

  private func note(_ entry: ModelFolder.Entry) -> String {
    if let fault = entry.fault { return fault }
    return models.sharedNames.contains(ModelName.folded(entry.name))
      ? "another is called \(entry.name) as well: import one with --as" : ""
  }

  var table: Table {
    Table(
      "Models in \(folder).",
      columns: [
        .init("name"), .init("what"), .init("architecture"), .init("types"),
        .init("size", unit: "MB", .integer),
        .init("file"), .init("note"),
      ],
      rows: models.entries.map { entry in
        [
          .text(entry.name), .text(entry.kind), .text(entry.architecture), .text(entry.quantisation),
          .integer(entry.bytes / 1_000_000), .text(entry.path), .text(note(entry)),
        ]
      })
  }

  var json: JSONValue {
    .array(
      models.entries.map { entry in
        [
          "name": .string(entry.name), "what": .string(entry.kind),
          "architecture": .string(entry.architecture),
          "types": .string(entry.quantisation), "bytes": .integer(entry.bytes), "file": .string(entry.path),
          "note": .string(note(entry)),
        ]
      })
  }
}
