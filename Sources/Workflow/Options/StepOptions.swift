/// What is asked of all steps.
public struct StepOptions: Sendable, Equatable {
  /// Seeds every random choice; another seed draws other samples, splits and nulls.
  public var seed: UInt64 = 1
  public var tokens = MatchOptions()
  public var compare = CompareOptions()
  public var align = MapOptions()
  public var steer = SteerOptions()

  public init() {}
}
