extension Table {
  /// One table of several that have the same columns: each row begins with what its part is of.
  ///
  /// - Parameters:
  ///   - column: the heading of what parts are of.
  ///   - caption: of the joined table; a table that stays alone keeps its own.
  /// - Returns: as many tables as there are kinds of columns, in the order of the parts.
  public static func joined(
    _ parts: [(label: String, table: Table)], by column: String, caption: String
  ) -> [Table] {
    parts.grouped(by: \.table.columns).map { _, parts in
      let first = parts[0].table
      var table = Table(
        parts.count == 1 ? first.caption : caption, columns: [Column(column)] + first.columns)
      for (label, part) in parts {
        for (row, name) in zip(part.rows, part.names) {
          table.append([.text(label)] + row, task: name.task, metric: name.metric)
        }
      }
      return table
    }
  }
}
