import Files
import Tensors

/// One file of a folder's weights: tensors with names, which stay mapped.
protocol WeightFile: Sendable {
  var file: MappedFile { get }
  var metadata: [String: String] { get }
  /// In the order of their data.
  var tensors: [SafetensorsInfo] { get }
  /// The tensor of this name; nil when there is none.
  func info(_ name: String) -> SafetensorsInfo?
}

extension WeightFile {
  /// The tensor as a mapped matrix: all dimensions but the last are flattened into rows, a vector has one row.
  /// - Throws: when there is no such tensor, or its type is not F32, F16 or BF16.
  func mappedTensor(_ name: String) throws(CheckpointError) -> PackedMatrix {
    guard let info = info(name) else {
      throw .missing(path: file.path, what: "tensor \(name)", hint: "the file has \(tensors.count) others")
    }
    return try info.matrix(in: file)
  }
}

extension SafetensorsFile: WeightFile {}
extension PyTorchFile: WeightFile {}

/// Opens a file of weights of either kind, told from its first bytes.
func openWeights(_ path: String) throws(CheckpointError) -> any WeightFile {
  if try FileKind(path: path) == .zippedPickle { return try PyTorchFile(path: path) }
  return try SafetensorsFile(path: path)
}
