/// Where models are found and results are left.
public struct WorkFolders: Sendable {
  /// Checkpoints and imported stores.
  public var models = "models"
  /// Fitted maps and carried vectors.
  public var alignments = "alignments"
  public var reports = "reports"

  /// Folders of these names in the current one.
  public init() {}

  /// Folders of these names in another one.
  public init(in folder: String) {
    (models, alignments, reports) = ("\(folder)/models", "\(folder)/alignments", "\(folder)/reports")
  }
}
