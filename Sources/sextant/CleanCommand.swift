import ArgumentParser
import Files
import Reports
import Studies

struct CleanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean",
    abstract: "List what runs have kept to be faster, or remove it.",
    discussion: """
      Neighbour graphs and unfinished blocks in the models folder, and the finished steps of studies in the folder of \
      reports: whatever is made anew when it is wanted. Lists them with their sizes; --yes removes them. Stores, maps, \
      vectors and reports are never touched.

      Example:
        sextant clean --yes
      """)

  @Flag(help: "Remove what is listed.") var yes = false
  @OptionGroup var folder: ModelsFolderOption
  @Option(help: ArgumentHelp("The folder of reports.", valueName: "folder")) var reports = "reports"
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let console = Console(verbosity)
    let kept = KeptFiles(models: folder.path, reports: reports)
    for path in kept.unclear {
      console.warning(
        "\(path) is called like a neighbour graph and cannot be read as one; it is left as it is")
    }
    for entry in kept.entries {
      print(TerminalText.line("\(megabytes(entry.bytes))  \(entry.path)  \(entry.what)"))
    }
    guard !kept.entries.isEmpty else { return print("nothing is kept in \(folder.path) and \(reports)") }
    let total = "\(megabytes(kept.bytes))  in all"
    if yes {
      try kept.remove()
      print("\(total), removed")
    } else {
      print("\(total); `sextant clean --yes` with the same folders removes them")
    }
  }

  private func megabytes(_ bytes: Int) -> String {
    let number = NumberFormat.decimals(1).text(Double(bytes) / 1e6) ?? ""
    return String(repeating: " ", count: max(0, 9 - number.count)) + number + " MB"
  }
}
