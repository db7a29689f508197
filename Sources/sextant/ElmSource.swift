import ArgumentParser
import Domains
import ELM
import Files
import Stores

extension ArgumentHelp {
  /// What commands say of an embedding language model.
  static let elm: ArgumentHelp =
    "The embedding language model: its name in the models folder, or the path of its file."
}

/// What an embedding language model is made of, where it is called otherwise now.
struct ElmSourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The language model, where it is called otherwise now (default: the name that the file has).",
      valueName: "model"))
  var model: String?
  @Option(
    help: ArgumentHelp(
      "The domain, where it is called otherwise now (default: the name that the file has).",
      valueName: "domain"))
  var domain: String?

  /// - Throws: `ElmError.misfit` for another domain than the one that it was trained on: the split would hold other items out.
  func open(_ name: String, _ folders: ModelOptions, _ console: Console) throws -> OpenedElm {
    console.progress("loading \(name)")
    let elm = try folders.elm(name, on: model, console)
    let (domain, reference) = try folders.identifiedDomain(self.domain ?? elm.record.domain.name)
    guard reference.identity == elm.record.domain.identity else {
      throw ElmError.misfit(
        what: "the domain of \(name)", expected: "\(elm.record.domain.name), \(elm.record.domain.identity)",
        actual: "\(reference.name), \(reference.identity)",
        remedy: "name the domain that it was trained on with --domain, or train it again")
    }
    var options = DomainSplit.Options()
    (options.test, options.validation) = (elm.record.test, elm.record.validation)
    options.seed = elm.record.splitSeed
    return OpenedElm(
      name: Self.name(of: name), model: elm, domain: domain, split: try DomainSplit(domain, options: options),
      tasks: try TaskSet(
        yaml: elm.record.tasks, name: elm.record.tasksName, file: "tasks of \(name)"))
  }
}

extension ElmSourceOptions {
  /// What tables call a file: its name without folder and ending.
  fileprivate static func name(of path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return file.hasSuffix(ElmStore.ending) ? String(file.dropLast(ElmStore.ending.count)) : file
  }
}

/// An embedding language model with the domain, the split and the tasks that it was trained with.
struct OpenedElm {
  let name: String
  let model: EmbeddingLanguageModel
  let domain: Domain
  let split: DomainSplit
  let tasks: TaskSet
}
