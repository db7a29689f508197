import ArgumentParser
import Reports
import Steering

struct BehavioursCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "behaviours",
    abstract: "List the behaviours that are part of the program, or print the texts of one.",
    discussion: """
      A behaviour is a contrast set: pairs of texts that differ in one trait, prompts with two continuations, and questions \
      with two answers. The file of one is a template for your own.

      Example:
        sextant steer behaviours
        sextant steer behaviours sentiment > mine.json
      """)

  @Argument(help: "The behaviour whose file is printed.") var name: String?

  func run() throws {
    if let name {
      return print(String(decoding: try ContrastSet.bundledFile(name), as: UTF8.self), terminator: "")
    }
    let sets = try ContrastSet.bundledNames.map { try ContrastSet.bundled($0) }
    let table = Table(
      "Behaviours that are part of the program.",
      columns: [.init("behaviour"), .init("pairs", .integer), .init("tests", .integer), .init("what")],
      rows: sets.map {
        [.text($0.name), .integer($0.train.count), .integer($0.test.count), .text($0.description)]
      })
    print(table.markdown())
  }
}
