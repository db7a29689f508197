internal import Files
internal import Foundation
internal import Stores
internal import Tensors

/// Where a run keeps its state, and how often.
public struct CheckpointPlace: Sendable {
  /// The file; one that is there is gone on from.
  public var path: String
  /// The longest time between two checkpoints; a kill costs no more than this and one step.
  public var interval: Duration
  /// Name and version of the tool, for the file.
  public var writer: String

  public init(path: String, interval: Duration = .seconds(120), writer: String) {
    (self.path, self.interval, self.writer) = (path, interval, writer)
  }
}

/// Keeps a run's state in a file that is whole at any time, held by one run at a time.
final class CheckpointKeeper {
  private let place: CheckpointPlace
  private let identity: TrainableIdentity
  private let options: TrainingOptions
  /// Of the process that writes.
  private let lock: Lock?
  private var last = ContinuousClock.now
  private var keptStep = 0

  /// - Parameter isWriter: whether this process keeps states; ranks of a job but the first only read the one that is there.
  /// - Throws: `.output` with `OutputError.locked` while another run trains to the file.
  init(
    _ place: CheckpointPlace, _ identity: TrainableIdentity, _ options: TrainingOptions, isWriter: Bool
  ) throws(TrainingError) {
    (self.place, self.identity, self.options) = (place, identity, options)
    do throws(OutputError) {
      try OutputPath.check(place.path)
      lock = isWriter ? try Lock.take(for: place.path + ".run") : nil
    } catch { throw .output(error) }
  }

  /// The state in the file; nil where there is none.
  /// - Throws: `.otherRun` naming what differs.
  func resumed(like first: TrainingState) throws(TrainingError) -> TrainingState? {
    guard FileManager.default.fileExists(atPath: place.path) else { return nil }
    let found: TrainingCheckpoint
    do throws(StoreError) { found = try TrainingCheckpoint.open(place.path) } catch {
      throw .checkpoint(error)
    }
    let pairs = [
      ("what is trained", identity.what, found.what),
      ("the model (SHA-256)", identity.model, found.model), ("the data (SHA-256)", identity.data, found.data),
      ("the options", options.text, found.options),
    ]
    for (what, expected, actual) in pairs where expected != actual {
      throw .otherRun(path: place.path, what: what, expected: expected, actual: actual)
    }
    guard let parameters = first.parameters.holding(found.values, found) else {
      throw .otherRun(
        path: place.path, what: "the parameters", expected: first.parameters.shapes.joined(separator: ", "),
        actual: found.names.indices.map { "\(found.names[$0]) [\(found.rows[$0]) x \(found.columns[$0])]" }
          .joined(separator: ", "))
    }
    let zeros = first.parameters.zeros
    let moments = AdamW.Moments(
      first: zeros.holding(found.firstMoments, found) ?? zeros,
      second: zeros.holding(found.secondMoments, found) ?? zeros)
    keptStep = found.step
    return TrainingState(
      step: found.step, parameters: parameters, moments: moments,
      curve: found.losses.indices.map {
        LearningPoint(
          step: $0 + 1, loss: found.losses[$0], gradientNorm: found.gradientNorms[$0],
          count: Int(found.counts[$0]))
      })
  }

  /// Keeps the state where the last one that was kept is older than the interval.
  func keepIfDue(_ state: TrainingState) throws(TrainingError) {
    if ContinuousClock.now - last >= place.interval { try keep(state) }
  }

  /// Keeps a state that the file does not hold yet.
  func keep(_ state: TrainingState) throws(TrainingError) {
    guard lock != nil, state.step > keptStep else { return }
    let parameters = state.parameters.parameters
    let checkpoint = TrainingCheckpoint(
      what: identity.what, model: identity.model, data: identity.data, options: options.text,
      step: state.step, names: parameters.map(\.name), rows: parameters.map { Int64($0.values.rows) },
      columns: parameters.map { Int64($0.values.columns) }, values: state.parameters.numbers,
      firstMoments: state.moments.first.numbers, secondMoments: state.moments.second.numbers,
      losses: state.curve.map(\.loss), gradientNorms: state.curve.map(\.gradientNorm),
      counts: state.curve.map { Int64($0.count) }, toolVersion: place.writer)
    do throws(StoreError) { try checkpoint.write(to: place.path) } catch { throw .checkpoint(error) }
    (last, keptStep) = (.now, state.step)
  }
}

extension ParameterSet {
  /// All numbers, one parameter after the other.
  fileprivate var numbers: [Float] { parameters.flatMap(\.values.elements) }

  /// These parameters with the numbers of a checkpoint; nil where its names or shapes are others.
  fileprivate func holding(_ numbers: [Float], _ found: TrainingCheckpoint) -> ParameterSet? {
    guard parameters.map(\.name) == found.names,
      parameters.map({ Int64($0.values.rows) }) == found.rows,
      parameters.map({ Int64($0.values.columns) }) == found.columns
    else { return nil }
    var start = 0
    return ParameterSet(
      parameters.map { parameter in
        let end = start + parameter.values.elements.count
        defer { start = end }
        return Parameter(
          parameter.name,
          Matrix(
            rows: parameter.values.rows, columns: parameter.values.columns,
            elements: Array(numbers[start..<end])),
          isDecayed: parameter.isDecayed)
      })
  }
}
