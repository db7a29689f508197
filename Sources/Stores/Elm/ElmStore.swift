import Foundation
import Tensors

/// An embedding language model as a file that is never changed: `models/NAME.elm.h5`.
///
/// ```
/// /                 sextant-elm 2.0.0, @model-name, @model-sha256, @domain-name, @domain-identity, @domain-width,
///                   @tokens, @model-width, @hidden, @norm, @scale, @alpha, @chat, @tasks-name, @test, @validation,
///                   @split-seed, @seed, @step, @date
///   mean            F32 [d], what is taken off a vector before it is divided by the scale
///   adapter/NAME    F32 [outputs x inputs], biases [1 x outputs]
///   weights/NAME    F32, what was trained of the model; lora_a [rank x inputs], lora_b [outputs x rank]
///   curve/loss      F32 [steps], the mean loss of each step
///   validation/     step I64, loss F32, identified F32, [evaluations] each
///   tasks           text, as the file of tasks has them
///   options         text, JSON
/// ```
public typealias ElmStore = RecordStore<ElmRecord>

extension RecordStore where Record == ElmRecord {
  /// What its name ends in.
  public static var ending: String { ".elm.h5" }

  /// What tables call a file: its name without folder and ending.
  public static func name(of path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return file.hasSuffix(ending) ? String(file.dropLast(ending.count)) : file
  }

  /// Opens a file and reads it whole.
  /// - Throws: `StoreError` naming the element that is damaged, missing, unknown or refused.
  public static func open(_ path: String) throws(StoreError) -> ElmStore {
    try open(path, as: .elm) { (reader) throws(StoreError) in try ElmRecord(from: reader) }
  }

  /// - Parameters:
  ///   - domain: its name and the identity of its content.
  ///   - width: of its vectors.
  /// - Throws: `StoreError.misfit` where the vectors are not as wide as those that it was trained on.
  public func requireFit(domain: StoreReference, width: Int) throws(StoreError) {
    guard record.domainWidth == width else {
      throw .misfit(
        path: path, what: "the width of vectors (\(record.domain.name), given \(domain.name))",
        expected: "\(record.domainWidth)", actual: "\(width)",
        hint: "name the domain that it was trained on")
    }
  }
}

extension ElmRecord: ModelRecord {
  public static var remedy: String {
    "name the model that it was trained on, or train one for this model with `sextant elm fit`"
  }

  private static let scalars: [(String, any WritableKeyPath<ElmRecord, Float> & Sendable)] = [
    ("norm", \.norm), ("scale", \.standardisation.scale), ("alpha", \.alpha),
  ]

  /// Writes a new file.
  ///
  /// - Throws: `StoreError.exists` when there is one already, `OutputError.locked` while another process writes it.
  public func write(to path: String) throws(StoreError) { try write(to: path, convertedFrom: nil) }

  /// Writes a file in place of one that is there, which stays whole until the new one is on the disk: what a run keeps
  /// for itself.
  package func keep(at path: String) throws(StoreError) { try put(at: path, convertedFrom: nil) }

  /// - Parameter old: the file that is written anew, perhaps in its own place.
  func write(to path: String, convertedFrom old: StoreReader?) throws(StoreError) {
    guard old?.path == path || !FileManager.default.fileExists(atPath: path) else {
      throw .exists(path: path)
    }
    try put(at: path, convertedFrom: old)
  }

  private func put(at path: String, convertedFrom old: StoreReader?) throws(StoreError) {
    var builder = try StoreBuilder.begin(path: path, encoding: .elm, writer: toolVersion)
    let texts = [
      ("model-name", model.name), ("model-sha256", model.identity), ("domain-name", domain.name),
      ("domain-identity", domain.identity), ("tasks-name", tasksName), ("test", "\(test)"),
      ("validation", "\(validation)"), ("split-seed", "\(splitSeed)"), ("seed", "\(seed)"), ("date", date),
    ]
    for (name, text) in texts + Self.scalars.map({ ($0.0, "\(self[keyPath: $0.1])") }) {
      try builder.set(name, of: "/", to: .text(text))
    }
    let counts = [
      ("domain-width", domainWidth), ("tokens", tokenCount), ("model-width", modelWidth), ("hidden", hidden),
      ("chat", isChat ? 1 : 0), ("step", step),
    ]
    for (name, count) in counts { try builder.set(name, of: "/", to: .integer(count)) }
    try builder.vector("/mean", standardisation.mean)
    for (group, matrices) in [("/adapter", adapter), ("/weights", weights)] {
      try builder.group(group)
      for matrix in matrices { try builder.matrix("\(group)/\(matrix.name)", RowSource(matrix.values)) }
    }
    try builder.group("/curve")
    try builder.vector("/curve/loss", losses)
    try builder.group("/validation")
    try builder.vector("/validation/step", evaluations.map { Int64($0.step) })
    try builder.vector("/validation/loss", evaluations.map(\.loss))
    try builder.vector("/validation/identified", evaluations.map(\.identified))
    try builder.string("/tasks", tasks)
    try builder.string("/options", options)
    try builder.finish(convertedFrom: old)
  }

  init(from reader: StoreReader) throws(StoreError) {
    func number<Number: LosslessStringConvertible>(_ name: String, _: Number.Type) throws(StoreError)
      -> Number
    {
      let text = try reader.text("/", name)
      guard let number = Number(text) else {
        throw reader.place("/@\(name)").malformed("attribute", expected: "a number", actual: text)
      }
      return number
    }
    func matrices(_ group: String) throws(StoreError) -> [Values] {
      var found: [Values] = []
      for element in reader.description.elements where element.path.hasPrefix(group + "/") {
        found.append(Values(String(element.path.dropFirst(group.count + 1)), try reader.matrix(element.path)))
      }
      return found
    }
    let width = try reader.integer("/", "domain-width")
    let mean = try reader.vector("/mean", of: Float.self, count: width)
    try requireFinite(mean, columns: 1, firstRow: 0, place: reader.place("/mean"))
    let scale = try number("scale", Float.self)
    guard scale > 0, scale.isFinite else {
      throw reader.place("/@scale").malformed("attribute", expected: "a number above 0", actual: "\(scale)")
    }
    let steps = try reader.vector("/validation/step", of: Int64.self)
    let losses = try reader.vector("/validation/loss", of: Float.self, count: steps.count)
    let identified = try reader.vector("/validation/identified", of: Float.self, count: steps.count)
    self.init(
      model: StoreReference(
        name: try reader.text("/", "model-name"), identity: try reader.text("/", "model-sha256")),
      domain: StoreReference(
        name: try reader.text("/", "domain-name"), identity: try reader.text("/", "domain-identity")),
      domainWidth: width, tokenCount: try reader.integer("/", "tokens"),
      modelWidth: try reader.integer("/", "model-width"), hidden: try reader.integer("/", "hidden"),
      norm: try number("norm", Float.self), standardisation: Standardisation(mean: mean, scale: scale),
      adapter: try matrices("/adapter"), weights: try matrices("/weights"),
      alpha: try number("alpha", Float.self),
      isChat: try reader.integer("/", "chat") != 0, tasksName: try reader.text("/", "tasks-name"),
      tasks: try reader.string("/tasks"), test: try number("test", Double.self),
      validation: try number("validation", Double.self), splitSeed: try number("split-seed", UInt64.self),
      seed: try number("seed", UInt64.self), step: try reader.integer("/", "step"),
      options: try reader.string("/options"), losses: try reader.vector("/curve/loss", of: Float.self),
      evaluations: steps.indices.map {
        Evaluation(step: Int(steps[$0]), loss: losses[$0], identified: identified[$0])
      }, toolVersion: try reader.text("/", StoreBuilder.writerKey), date: try reader.text("/", "date"))
  }
}
