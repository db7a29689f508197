internal import Checkpoints
internal import Files
public import Steering
public import Stores
internal import Tensors
internal import Tokenizers
public import Transformers

/// How activations are written.
public struct ActivationExportOptions: Sendable {
  /// What is recorded, in the order of the file.
  public var points: [ActivationPoint]
  /// A row a token, or one a prompt.
  public var positions = ActivationPositions.all
  /// 16 bits take half the room; numbers above 65504, as residual streams of some models have them, are an error then.
  public var precision = ActivationPrecision.f32
  /// Puts each prompt as a user's message through the model's chat template.
  public var usesChatTemplate = false
  /// What lies between two forcings to the disk; so much work is done again at most after a kill.
  package var pause = Duration.seconds(10)

  public init(points: [ActivationPoint]) { self.points = points }
}

/// What was done.
public struct ActivationExport: Sendable, Equatable {
  public let record: ActivationRecord
  /// Prompts whose rows were there already.
  public let keptPrompts: Int

  /// Whether there was nothing left to do.
  public var isComplete: Bool { keptPrompts == record.promptCount }
}

extension ActivationPoint {
  /// Its name in files: `residualPost/12`.
  public var name: String { "\(site.rawValue)/\(block)" }
}

/// Runs a model on the prompts of a file and writes its activations, token ids, sequence boundaries and texts: HDF5,
/// safetensors or numpy, by the ending of `path`.
///
/// Prompts run in groups of at most 2048 tokens, and each group is written when it is computed: memory is that of a pass and of
/// `2048 x d_model` numbers a point, however many prompts there are. They are read three times: to find their number and
/// whatever is wrong with them before the model runs, to run, and to write texts and ids. A job that was killed goes on where it was;
/// an HDF5 file that holds the first of the prompts is gone on from.
/// - Throws: `FileError.entry` naming the line that is empty; `PromptError` for one that is too long;
///   `StoreError.misfit` for a file at `path`, whole or unfinished, of another model, other prompts, another arithmetic or other settings;
///   `TransformerError` for points that the model does not have and activations that are not finite.
public func exportActivations(
  of model: Model, identity: ModelIdentity, prompts: PromptFile, options: ActivationExportOptions,
  to path: String
) throws -> ActivationExport {
  try exportActivations(of: model, identity: identity, prompts: prompts, options: options, to: path) {}
}

/// - Parameter afterGroup: can stop the job where a kill could.
package func exportActivations(
  of model: Model, identity: ModelIdentity, prompts: PromptFile, options: ActivationExportOptions,
  to path: String, afterGroup: () throws -> Void
) throws -> ActivationExport {
  // The name of the file is looked at before the model's blocks.
  _ = try format(of: path, command: "activations")
  try requireNumbers(options.points, model)
  let job = ExportJob(
    source: try HiddenStateRows(model, options), prompts: prompts, precision: options.precision,
    positions: options.positions.rawValue, usesChatTemplate: options.usesChatTemplate, pause: options.pause)
  return try export(job, command: "activations", identity: identity, to: path, afterGroup)
}

private func format(of path: String, command: String) throws(WorkflowError) -> ActivationFormat {
  guard let format = ActivationFormat(path: path) else {
    throw .option(
      of: command, name: "output",
      expected:
        "a name ending in \(ActivationFormat.allCases.map { "." + $0.rawValue }.joined(separator: ", "))",
      actual: path)
  }
  return format
}

/// Runs what a file at `path` does not have yet, and writes it.
func export(
  _ job: ExportJob, command: String, identity: ModelIdentity, to path: String, _ afterGroup: () throws -> Void
) throws -> ActivationExport {
  let format = try format(of: path, command: command)
  let old = try ActivationStore.there(path, format)
  let (record, beginning) = try job.record(identity, following: old?.record)
  if let old { try old.requireBeginning(of: record, beginning) }
  if let old, old.record.promptCount == record.promptCount {
    return ActivationExport(record: record, keptPrompts: record.promptCount)
  }
  var writer = try ActivationWriter.begin(record, to: path, as: format, pause: job.pause)
  if let old { try writer.goOn(from: old) }
  let kept = writer.promptCount
  try job.run(&writer, afterGroup)
  try job.eachPrompt { text, tokens, _ in try writer.add(text, tokens: tokens) }
  try writer.finish()
  return ActivationExport(record: record, keptPrompts: kept)
}

private func requireNumbers(_ points: [ActivationPoint], _ model: Model) throws(TransformerError) {
  for point in points where !(0..<model.configuration.blockCount).contains(point.block) {
    throw .edit(
      place: "block \(point.block), \(point.site.rawValue)",
      reason: "the model has the blocks \(0..<model.configuration.blockCount)")
  }
}

/// The passes over the prompts.
struct ExportJob {
  let source: any RowSource
  let prompts: PromptFile
  let precision: ActivationPrecision
  /// As ``ActivationRecord/positions``.
  let positions: String
  var usesChatTemplate = false
  var pause = Duration.seconds(10)

  /// Tokens that run together, as those of ``Model/activations(_:at:positions:)`` do.
  private static let groupTokens = 2048

  func eachPrompt(_ body: (_ text: String, _ tokens: [Int], _ place: String) throws -> Void) throws {
    try prompts.eachText { text, place in try body(text, source.tokens(of: text), place) }
  }

  /// Counts and checks the prompts.
  /// - Returns: the record of the whole file, and the digest of as many prompts as `old` has.
  func record(
    _ identity: ModelIdentity, following old: ActivationRecord?
  ) throws -> (ActivationRecord, beginning: String?) {
    var (promptCount, tokenCount, textByteCount) = (0, 0, 0)
    var hash = SHA256()
    var beginning: String?
    let longest = source.longest
    try eachPrompt { text, tokens, place in
      guard tokens.count <= longest else {
        throw source.tooLong(file: prompts.name, place: place, tokens: tokens.count)
      }
      guard !tokens.isEmpty else {
        throw FileError.entry(
          path: prompts.name, place: place, expected: "a prompt", actual: "a text without tokens")
      }
      hash.update(closing: text)
      (promptCount, tokenCount) = (promptCount + 1, tokenCount + tokens.count)
      textByteCount += text.utf8.count
      if promptCount == old?.promptCount { beginning = hexadecimal(hash.finalized()) }
    }
    guard promptCount > 0 else { throw PromptError.none(file: prompts.name) }
    let record = ActivationRecord(
      model: identity.name, modelSHA256: identity.hash, tokenizerSHA256: identity.tokenizerHash ?? "",
      usesChatTemplate: usesChatTemplate, positions: positions, precision: precision,
      arithmetic: source.arithmetic, points: source.points,
      width: source.width,
      promptCount: promptCount, tokenCount: tokenCount, textByteCount: textByteCount,
      promptsSHA256: hexadecimal(hash.finalized()), toolVersion: "sextant \(toolVersion)")
    return (record, beginning)
  }

  /// Runs what the writer does not have yet.
  func run(_ writer: inout ActivationWriter, _ afterGroup: () throws -> Void) throws {
    var group: [[Int]] = []
    var (index, tokenCount) = (0, 0)
    let (done, total) = (writer.promptCount, writer.record.promptCount)
    func runGroup() throws {
      guard !group.isEmpty else { return }
      let rows: [Matrix<Float>]
      do throws(TransformerError) { rows = try source.rows(of: group) } catch {
        let first = writer.promptCount
        throw PromptError.group(file: prompts.name, prompts: first..<first + group.count, error)
      }
      try writer.append(rows, prompts: group.count)
      (group, tokenCount) = ([], 0)
      try afterGroup()
      JobProgress.current.tell(writer.promptCount, of: total, "prompt \(writer.promptCount) of \(total)")
    }
    try eachPrompt { _, tokens, _ in
      defer { index += 1 }
      guard index >= done else { return }
      if tokenCount > 0, tokenCount + tokens.count > Self.groupTokens { try runGroup() }
      group.append(tokens)
      tokenCount += tokens.count
    }
    try runGroup()
  }
}
