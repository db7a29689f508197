import ArgumentParser

@main
struct Sextant: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare the geometry of token embeddings, and carry steering vectors between models.",
    subcommands: [Run.self])
}
