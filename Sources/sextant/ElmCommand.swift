import ArgumentParser

struct ElmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "elm",
    abstract: "Talk to an embedding space: teach a language model to read vectors of another space.",
    discussion: """
      After Embedding Language Models (Tennenholtz et al. 2024): an adapter carries a vector of a domain (words, films, another model's \
      tokens) into a language model as pseudo-tokens, and the model answers in words. A domain is a file, NAME.domain.h5: vectors, \
      names, and texts about them. Tasks say what is asked of vectors and what is to be answered.

      Example:
        sextant elm domain wordnet-glove
        sextant elm tasks words --domain wordnet-glove
        sextant elm fit smollm2-135m wordnet-glove --tasks words
      """,
    subcommands: [
      ElmDomainCommand.self, ElmTasksCommand.self, ElmFitCommand.self, ElmAskCommand.self,
      ElmJudgeCommand.self, ElmExportCommand.self,
    ])
}
