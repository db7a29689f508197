/// One change to the activations `h` (a row of width d_model per position) at one point of the model.
public struct Edit: Sendable, Hashable {
  /// What happens to `h`; `v̂ = v / ‖v‖`.
  public enum Operation: Sendable, Hashable {
    /// `h + v`.
    case add([Float])
    /// `h - (h·v̂) v̂`: removes what `h` has along `v`.
    case ablate([Float])
    /// `h + (z - h·v̂) v̂`: sets what `h` has along `v` to `z`.
    case clamp([Float], to: Float)
    /// `v`: forgets `h`.
    case replace([Float])
  }

  /// Which positions of a sequence are changed; positions count from 0 over prompt and continuation.
  public enum Positions: Sendable, Hashable {
    case all
    case last
    case from(Int)
    /// One position; a pass in which it does not occur is not edited.
    case at(Int)
  }

  public let point: ActivationPoint
  public let operation: Operation
  public let positions: Positions

  /// `operation` at `point`, for the given positions.
  public init(_ operation: Operation, at point: ActivationPoint, positions: Positions = .all) {
    self.operation = operation
    self.point = point
    self.positions = positions
  }
}

/// The edits that one forward pass applies, in order; an argument of the pass, never a change of the model.
public struct Intervention: Sendable, Hashable {
  public let edits: [Edit]

  /// All of `edits`, in order.
  public init(_ edits: [Edit]) { self.edits = edits }

  /// Leaves every activation as it is.
  public static let none = Intervention([])
}
