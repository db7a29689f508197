import Files
import Tensors

/// Weights that `torch.save` wrote: a ZIP archive with the state dict as a pickle, which is read and not run (`TensorPickle`), and a stored
/// member for the numbers of each storage, which stay mapped.
///
/// Read are tensors whose numbers lie row after row; views that lie otherwise are an error that names them. Several tensors may share a
/// storage. Members' CRC-32 are not compared, since that would read the file whole; its SHA-256 is.
/// Source: PyTorch's `torch/serialization.py` and `caffe2/serialize/inline_container.cc`.
struct PyTorchFile: Sendable {
  let file: MappedFile
  let metadata: [String: String] = [:]
  let tensors: [SafetensorsInfo]
  private let positions: [ExactName: Int]

  /// The longest pickle that is read, in bytes: descriptions, about 300 of each tensor.
  private static let longestPickle = 100 << 20

  /// - Throws: `CheckpointError` naming what is wrong, and any name that the pickle holds and that belongs to no state dict.
  init(path: String) throws(CheckpointError) {
    let archive = try fileErrors { () throws(FileError) in try ZipArchive(path: path) }
    guard let pickle = archive.members.first(where: { $0.name.hasSuffix("/data.pkl") }) else {
      throw .missing(path: path, what: "data.pkl", hint: "torch.save writes it into every archive")
    }
    let root = pickle.name.dropLast("data.pkl".count)
    let members = Dictionary(archive.members.map { (ExactName($0.name), $0) }) { first, _ in first }
    guard pickle.count <= Self.longestPickle else {
      throw .malformed(
        path: path, offset: 0, what: pickle.name, expected: "at most \(Self.longestPickle) bytes",
        actual: "\(pickle.count)")
    }
    if let order = members[ExactName(root + "byteorder")] {
      let text = try fileErrors { () throws(FileError) in try archive.contents(of: order) }
      guard text == Array("little".utf8) else {
        throw .unsupported(
          path: path, what: "byte order", actual: String(decoding: text.prefix(20), as: UTF8.self),
          supported: "little")
      }
    }
    let described = try fileErrors { () throws(FileError) in
      try TensorPickle.read(archive.contents(of: pickle), path: "\(path):\(pickle.name)")
    }
    file = try checkpointErrors { () throws(TensorError) in try MappedFile(path: path) }
    var tensors: [SafetensorsInfo] = []
    for (name, tensor) in described {
      let key = "\(root)data/\(tensor.key)"
      guard let member = members[ExactName(key)] else {
        throw .missing(path: path, what: "\(key), the numbers of \(name),", hint: "download the file again")
      }
      let place = try fileErrors { () throws(FileError) in try archive.storedBytes(of: member) }
      tensors.append(try Self.info(name, tensor, in: place, path: path))
    }
    self.tensors = tensors.sorted { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }
    var positions: [ExactName: Int] = [:]
    for (index, tensor) in self.tensors.enumerated() {
      guard positions.updateValue(index, forKey: ExactName(tensor.name)) == nil else {
        throw .malformed(
          path: path, offset: tensor.offset, what: "tensor \(tensor.name)", expected: "a new name",
          actual: "it again")
      }
    }
    self.positions = positions
  }

  /// Where a tensor's numbers are, checked against the member that holds them.
  private static func info(
    _ name: String, _ tensor: TensorPickle.Tensor, in place: Range<Int>, path: String
  ) throws(CheckpointError) -> SafetensorsInfo {
    func fault(_ what: String, _ expected: String, _ actual: String) -> CheckpointError {
      .malformed(path: path, offset: place.lowerBound, what: what, expected: expected, actual: actual)
    }
    guard let type = TensorPickle.storages[tensor.storage], let size = SafetensorsFile.elementBytes(type)
    else {
      throw fault("storage of \(name)", "a known type", tensor.storage)
    }
    var count = 1
    for (dimension, stride) in zip(tensor.shape, tensor.strides).reversed() {
      guard stride == count || dimension <= 1 else {
        throw fault(
          "tensor \(name)", "numbers row after row",
          "strides \(tensor.strides) of the shape \(tensor.shape): save .contiguous()")
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw fault("shape of \(name)", "less than 2^63 numbers", "\(tensor.shape)") }
      count = product
    }
    let available = place.count / size
    guard tensor.count <= available, tensor.offset <= tensor.count, count <= tensor.count - tensor.offset
    else {
      throw fault(
        "tensor \(name)", "numbers inside its storage of \(available)",
        "\(count) from \(tensor.offset) of \(tensor.count)")
    }
    return SafetensorsInfo(
      name: name, typeName: type, shape: tensor.shape, offset: place.lowerBound + tensor.offset * size,
      byteCount: count * size)
  }

  func info(_ name: String) -> SafetensorsInfo? { positions[ExactName(name)].map { tensors[$0] } }
}
