internal import Checkpoints
internal import Files
public import Reports
internal import Stores
internal import Tensors
public import Workflow

extension FileView {
  /// A tree in text: metadata, then tensors.
  public var text: String {
    switch self {
    case .store(let description): return description.description
    case .gguf(let file):
      let tensors = file.tensors.map { tensor in
        "  \(TerminalText.line(tensor.name))  \(tensor.typeName)  \(shape(tensor.dimensions.reversed()))"
      }
      return
        (["\(file.file.path)  GGUF \(file.version), \(file.file.count) bytes", "metadata"]
        + pairs(file.metadata.mapValues(\.summary)) + ["tensors"] + tensors).joined(separator: "\n")
    case .safetensors(let file):
      let tensors = file.tensors.map { "  \(TerminalText.line($0.name))  \($0.typeName)  \(shape($0.shape))" }
      return
        (["\(file.file.path)  safetensors, \(file.file.count) bytes", "metadata"] + pairs(file.metadata)
        + ["tensors"] + tensors).joined(separator: "\n")
    }
  }

  /// The same for programs.
  public var json: JSONValue {
    switch self {
    case .store(let description):
      let elements = description.elements.map { element -> JSONValue in
        [
          "path": .string(element.path), "type": element.type.map { .string($0) } ?? .null,
          "shape": .array(element.shape.map { .integer($0) }),
          "attributes": .object(element.attributes.mapValues { .string("\($0)") }),
        ]
      }
      return ["kind": "store", "bytes": .integer(description.byteCount), "elements": .array(elements)]
    case .gguf(let file):
      return [
        "kind": "gguf", "bytes": .integer(file.file.count),
        "metadata": .object(file.metadata.mapValues { .string($0.summary) }),
        "tensors": .array(file.tensors.map { tensor($0.name, $0.typeName, $0.dimensions.reversed()) }),
      ]
    case .safetensors(let file):
      return [
        "kind": "safetensors", "bytes": .integer(file.file.count),
        "metadata": .object(file.metadata.mapValues { .string($0) }),
        "tensors": .array(file.tensors.map { tensor($0.name, $0.typeName, $0.shape) }),
      ]
    }
  }

  private func tensor(_ name: String, _ type: String, _ shape: [Int]) -> JSONValue {
    ["name": .string(name), "type": .string(type), "shape": .array(shape.map { .integer($0) })]
  }

  private func shape(_ shape: [Int]) -> String { shape.map(String.init).joined(separator: " x ") }

  /// Strings of files are untrusted: made visible, cut to one line.
  private func pairs(_ metadata: [String: String]) -> [String] {
    metadata.sorted { $0.key < $1.key }.map { key, value in
      let line = MarkdownText.visible(value, keepingLineBreaks: false)
      return "  \(TerminalText.line(key)) = \(line.count > 200 ? line.prefix(200) + "…" : line)"
    }
  }
}
