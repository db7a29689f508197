package import Checkpoints
public import Domains
internal import Files
internal import Foundation
public import Stores
public import Transformers

/// A file of an embedding language model with the domain, the split and the tasks that it was trained with: all but the language model itself.
public struct ElmFile: Sendable {
  /// What tables call it: the file's name without folder and ending.
  public let name: String
  public let path: String
  /// SHA-256 over the file's content.
  public let identity: String
  public let record: ElmRecord
  public let domain: Domain
  public let split: DomainSplit
  public let tasks: TaskSet
  private let store: ElmStore
  /// Of models and domains.
  private let folder: String

  /// Where a file is: `FOLDER/NAME.elm.h5`, or the path that is given.
  ///
  /// - Throws: ``ElmError/missing(name:path:)``.
  public static func path(of name: String, in folder: String) throws(ElmError) -> String {
    let own = "\(folder)/\(name)\(ElmStore.ending)"
    let path =
      !name.contains("/") && FileManager.default.fileExists(atPath: own) || !name.hasSuffix(".h5")
      ? own : name
    guard FileManager.default.fileExists(atPath: path) else { throw .missing(name: name, path: path) }
    return path
  }

  /// Where a domain is: `FOLDER/NAME.domain.h5`, or the path that is given.
  ///
  /// - Throws: `DomainError.missing`.
  public static func domainPath(of name: String, in folder: String) throws(DomainError) -> String {
    let own = "\(folder)/\(name)\(Domain.ending)"
    if !name.contains("/"), FileManager.default.fileExists(atPath: own) { return own }
    guard FileManager.default.fileExists(atPath: name) else {
      throw .missing(
        what: "the domain \(name)", place: own,
        remedy: "make it with `sextant elm domain`, or give the path of its file")
    }
    return name
  }

  /// Opens a file and the domain that it names.
  ///
  /// - Parameters:
  ///   - name: in the folder, or a path.
  ///   - folder: of models and domains.
  ///   - domain: where it is called otherwise now; nil for the name that the file has.
  /// - Throws: ``ElmError/missing(name:path:)``, `DomainError`, `StoreError`; ``ElmError/misfit(what:expected:actual:remedy:)`` for another domain than the
  ///   one that it was trained on: the split would hold other items out.
  public static func open(_ name: String, in folder: String, domain given: String? = nil) throws -> ElmFile {
    let store = try ElmStore.open(path(of: name, in: folder))
    let record = store.record
    let path = try domainPath(of: given ?? record.domain.name, in: folder)
    let (domain, identity) = try Domain.identified(path)
    guard identity == record.domain.identity else {
      throw ElmError.misfit(
        what: "the domain of \(name)", expected: "\(record.domain.name), \(record.domain.identity)",
        actual: "\(domain.name) at \(path), \(identity)",
        remedy: "take the domain that it was trained on, or train it again")
    }
    var options = DomainSplit.Options()
    (options.test, options.validation, options.seed) = (record.test, record.validation, record.splitSeed)
    return ElmFile(
      name: ElmStore.name(of: name), path: store.path, identity: store.identity, record: record,
      domain: domain,
      split: try DomainSplit(domain, options: options),
      tasks: try TaskSet(yaml: record.tasks, name: record.tasksName, file: "tasks of \(name)"), store: store,
      folder: folder)
  }

  /// - Parameter model: its name and the SHA-256 of its checkpoint.
  /// - Throws: `StoreError.misfit` where it was trained on another model.
  public func requireFit(model: StoreReference) throws(StoreError) { try store.requireFit(model: model) }

  /// What is asked and answered.
  ///
  /// - Parameter reference: the model's name and the SHA-256 of its checkpoint.
  /// - Throws: `StoreError.misfit` for another language model; as ``EmbeddingLanguageModel``'s initialiser.
  public func loaded(on model: Model, _ reference: StoreReference) throws -> EmbeddingLanguageModel {
    try requireFit(model: reference)
    return try EmbeddingLanguageModel(record, on: model)
  }

  /// E_D of its domain; nil where it has none.
  ///
  /// - Throws: of a domain that a sentence encoder made `DomainError.missing` where this is neither in the folder of models nor in the hub's cache,
  ///   ``ElmError/misfit(what:expected:actual:remedy:)`` where another one does; `CheckpointError`, `TransformerError`.
  public func encoder() throws -> DomainEncoder? { try encoder(in: HuggingFaceCache()) }

  package func encoder(in cache: HuggingFaceCache) throws -> DomainEncoder? {
    DomainEncoder(domain, training: split.items(of: .training), sentences: try sentenceEncoder(cache))
  }

  private func sentenceEncoder(_ cache: HuggingFaceCache) throws -> SentenceEncoder? {
    guard let name = WordDomains.encoder(of: domain) else { return nil }
    var found: ModelSource?
    do {
      found = try ModelLibrary(catalog: .empty, folder: folder, cache: cache).find(name).checkpoints
    } catch {
      guard case .unknownModel = error else { throw error }
    }
    guard let path = found?.meant.path else {
      throw DomainError.missing(
        what: "the sentence encoder \(name), which made the vectors of \(domain.name),",
        place: name.contains("/") ? cache.root : "\(folder)/\(name)",
        remedy: "bring it there: without it no text has a vector")
    }
    let checkpoint = try Checkpoint.open(path)
    let (expected, actual) = (domain.sources.first?.sha256 ?? "", checkpoint.sha256())
    guard actual == expected else {
      throw ElmError.misfit(
        what: "the sentence encoder at \(path)", expected: "SHA-256 \(expected)", actual: actual,
        remedy: "take the one that made the vectors of \(domain.name), or make the domain anew")
    }
    return try SentenceEncoder.load(checkpoint)
  }

  /// The task of this name that is asked where none is said: the first of one vector.
  public var firstTask: ElmTask? { tasks.tasks.first { $0.arity == .one } }

  /// Those tasks alone.
  /// - Throws: ``ElmError/option(name:expected:actual:)`` for a name that no task has.
  public func chosen(_ names: [String]) throws -> [ElmTask] {
    let known = tasks.tasks.map(\.name)
    if let stranger = names.first(where: { !known.contains($0) }) {
      throw ElmError.option(
        name: "task", expected: "one of \(known.joined(separator: ", "))",
        actual: stranger + suggestion(for: stranger, among: known))
    }
    return names.isEmpty ? tasks.tasks : tasks.tasks.filter { names.contains($0.name) }
  }
}
