import Foundation
import Studies
import Testing

/// `--help` of the commands against the list of parameters.
struct ParameterTests {
  private static let tokens: [(String, any AnyParameter)] = [
    ("--letters-only/--no-letters-only", Parameters.lettersOnly), ("--whole-words", Parameters.wholeWords),
    ("--untrained <untrained>", Parameters.untrained),
    ("--minimum-norm-quantile <minimum-norm-quantile>", Parameters.minimumNormQuantile),
  ]
  private static let maps: [(String, any AnyParameter)] = [
    ("--space <space>", Parameters.alignSpace), ("--held-out <held-out>", Parameters.heldOut),
    ("--held-out-groups", Parameters.heldOutGroups),
  ]
  private static let commands: [(command: String, options: [(String, any AnyParameter)])] = [
    (
      "compare",
      tokens + [
        ("--neighbours <neighbours>", Parameters.neighbours),
        ("--dimension-neighbours <dimension-neighbours>", Parameters.dimensionNeighbours),
        ("--dimension-tokens <dimension-tokens>", Parameters.dimensionTokens),
        ("--relations <file>", Parameters.relations),
        ("--stratified-null/--no-stratified-null", Parameters.stratifiedNull),
      ]
    ),
    (
      "align",
      tokens + maps + [
        ("--candidates <candidates>", Parameters.candidates), ("--by-class", Parameters.byClass),
      ]
    ),
    ("cycle", tokens + maps),
    (
      "layers",
      [
        ("--tokens <tokens>", Parameters.layerTokens), ("--whole-words", Parameters.wholeWords),
        ("--carrier <text>", Parameters.layerCarrier), ("--position <position>", Parameters.layerPosition),
        ("--permutations <permutations>", Parameters.layerPermutations),
      ]
    ),
  ]

  /// Each option of a study that a command has stands in its help with the words, the range and the default of the list.
  @Test func helpHasTheWordsOfTheList() throws {
    let tool = try Tool()
    defer { tool.remove() }
    for (command, options) in Self.commands {
      let help = try tool.run(command, "--help").out.split(whereSeparator: \.isWhitespace).joined(
        separator: " ")
      for (option, parameter) in options {
        let start = try #require(help.range(of: "\(option) ", options: .backwards), "\(command) \(option)")
          .upperBound
        let said = help[start...]
        let words = parameter.help.prefix(1).uppercased() + parameter.help.dropFirst()
        #expect(said.hasPrefix(words), "\(command) \(option): \(said.prefix(160))")
        let rest = said.dropFirst(words.count).prefix(120)
        for word in parameter.range.replacing(" or ", with: ", ").split(separator: ", ") {
          #expect(rest.contains(word), "\(command) \(option)")
        }
        #expect(
          rest.contains("default: \(parameter.standardText))") || parameter.standardText.isEmpty
            || ["true", "false"].contains(parameter.standardText), "\(command) \(option): \(rest)")
      }
    }
  }

  /// A value beyond the range of the list is a usage error that says the range.
  @Test(
    arguments: [
      (["align", "--held-out", "0.6"], Parameters.heldOut),
      (["cycle", "--held-out", "0.01"], Parameters.heldOut),
      (["compare", "--neighbours", "201"], Parameters.neighbours),
      (["compare", "--dimension-tokens", "9"], Parameters.dimensionTokens),
      (["compare", "--minimum-norm-quantile", "nan"], Parameters.minimumNormQuantile),
      (["layers", "--neighbours", "41"], Parameters.layerNeighbours),
      (["layers", "--tokens", "x"], Parameters.layerTokens),
      (["neighbours", "-k", "1"], Parameters.neighbours),
    ] as [([String], any AnyParameter)])
  func valuesOutOfRangeAreRefused(arguments: [String], parameter: any AnyParameter) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let result = try tool.run([arguments[0], "a", "b"] + arguments.dropFirst())
    #expect(result.code == 2 && result.out.isEmpty)
    #expect(result.err.contains("it must be \(parameter.range)"), "\(result.err)")
  }
}
