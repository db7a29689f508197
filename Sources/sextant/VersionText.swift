import Studies

/// What `--version` prints: the tool, its commit, and what its numbers come from.
let toolVersionText: String = {
  var lines = ToolVersions.all.map { "\($0.name): \($0.version)" }
  lines[0] = "\(ToolVersions.all[0].name) \(ToolVersions.all[0].version)"
  lines.insert("commit: \(ToolVersions.commit ?? "unknown")", at: 1)
  return lines.joined(separator: "\n")
}()
