import Files
import Tensors

/// One file of a folder's weights: tensors with names, which stay mapped.
protocol WeightFile: Sendable {
  var file: MappedFile { get }
  var metadata: [String: String] { get }
  /// In the order of their data.
  var tensors: [SafetensorsInfo] { get }
  func info(_ name: String) -> SafetensorsInfo?
  func tensor(_ name: String) throws(CheckpointError) -> PackedMatrix
}

extension SafetensorsFile: WeightFile {}
extension PyTorchFile: WeightFile {}

/// Opens a file of weights of either kind, told from its first bytes.
func openWeights(_ path: String) throws(CheckpointError) -> any WeightFile {
  if try FileKind(path: path) == .zippedPickle { return try PyTorchFile(path: path) }
  return try SafetensorsFile(path: path)
}
