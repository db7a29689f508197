/// A point as a user writes it; `PointParser` reads it, and it prints back in one canonical way.
///
/// ```
/// point     sum of terms:       a + 0.5 * b - c,  (a + b) / 2
/// token     a row or a stream:  token:" Paris", token:#1234, token:" Paris"@output
/// state     a hidden state:     state:"The capital of France is"@12[-1], state:"…"@12.mlpOutput[3]
/// vector    a steering vector:  vector:happy.safetensors, vector:control.gguf@8
/// row       a row of a file:    row:states.npy#17@12, row:model.safetensors:lm_head.weight#17@output
/// item      of a domain alone:  item:king, item:"New York"
/// function  mean(a, b, …), lerp(a, b, t), slerp(a, b, t), direction(a)
/// ```
public struct PointExpression: Sendable, Equatable {
  /// What stands at one place of an expression.
  public indirect enum Node: Sendable, Equatable {
    /// The row of a token, or with `@embedding` what enters block 0 for it.
    case token(TokenName, space: PointSpace?)
    /// The state at a position of a prompt; negative positions count from the end.
    case state(prompt: String, space: PointSpace, position: Int)
    /// A direction of a vector file; `layer` chooses among those of a control vector.
    case vector(path: String, layer: Int?)
    /// A row of a file; negative rows count from the end.
    case row(RowName, space: PointSpace?)
    /// The row of a domain's item; no model has one.
    case item(String)
    case sum([Term])
    case mean([PointExpression])
    /// (1 - t) a + t b.
    case lerp(PointExpression, PointExpression, Double)
    /// Along the great circle from a to b, the norm growing as in `lerp`.
    case slerp(PointExpression, PointExpression, Double)
    /// The same numbers, taken as a direction.
    case direction(PointExpression)
  }

  /// A weighted part of a sum.
  public struct Term: Sendable, Equatable {
    public let weight: Double
    public let point: PointExpression

    public init(_ weight: Double, _ point: PointExpression) { (self.weight, self.point) = (weight, point) }
  }

  /// How a token is named.
  public enum TokenName: Sendable, Equatable {
    /// By its text, a leading space or ▁ for the start of a word; a control token by its spelling.
    case text(String)
    case id(Int)
  }

  /// A row of a file.
  public struct RowName: Sendable, Equatable {
    public let path: String
    /// A tensor of a safetensors file or a dataset of an HDF5 file; nil where the file has one.
    public let element: String?
    public let row: Int

    public init(path: String, element: String? = nil, row: Int) {
      (self.path, self.element, self.row) = (path, element, row)
    }
  }

  public let node: Node
  /// Where it begins in the text, from 1; expressions that differ only here are equal.
  public let column: Int

  public init(_ node: Node, column: Int = 1) { (self.node, self.column) = (node, column) }

  public static func == (a: Self, b: Self) -> Bool { a.node == b.node }
}

extension PointExpression {
  /// The files that it names, each once, in their order.
  package var files: [String] {
    var files: [String] = []
    _ = mappingFiles {
      if !files.contains($0) { files.append($0) }
      return $0
    }
    return files
  }

  /// The same with other paths.
  package func mappingFiles(_ path: (String) throws -> String) rethrows -> PointExpression {
    func mapped(_ point: PointExpression) throws -> PointExpression { try point.mappingFiles(path) }
    let node: Node =
      switch self.node {
      case .token, .state, .item: self.node
      case .vector(let file, let layer): .vector(path: try path(file), layer: layer)
      case .row(let name, let space):
        .row(RowName(path: try path(name.path), element: name.element, row: name.row), space: space)
      case .sum(let terms): .sum(try terms.map { Term($0.weight, try mapped($0.point)) })
      case .mean(let points): .mean(try points.map(mapped))
      case .lerp(let a, let b, let t): .lerp(try mapped(a), try mapped(b), t)
      case .slerp(let a, let b, let t): .slerp(try mapped(a), try mapped(b), t)
      case .direction(let point): .direction(try mapped(point))
      }
    return PointExpression(node, column: column)
  }
}

extension PointExpression: CustomStringConvertible {
  public var description: String {
    switch node {
    case .token(.text(let text), let space): "token:\(Self.quoted(text))\(Self.suffix(space))"
    case .token(.id(let id), let space): "token:#\(id)\(Self.suffix(space))"
    case .state(let prompt, let space, let position): "state:\(Self.quoted(prompt))@\(space)[\(position)]"
    case .vector(let path, let layer): "vector:\(Self.path(path))\(layer.map { "@\($0)" } ?? "")"
    case .row(let name, let space):
      "row:\(Self.path(name.path))\(name.element.map { ":" + Self.path($0) } ?? "")#\(name.row)\(Self.suffix(space))"
    case .item(let name): "item:\(Self.quoted(name))"
    case .sum(let terms): Self.sum(terms)
    case .mean(let points): "mean(\(points.map(\.description).joined(separator: ", ")))"
    case .lerp(let a, let b, let t): "lerp(\(a), \(b), \(Self.number(t)))"
    case .slerp(let a, let b, let t): "slerp(\(a), \(b), \(Self.number(t)))"
    case .direction(let point): "direction(\(point))"
    }
  }

  private static func suffix(_ space: PointSpace?) -> String { space.map { "@\($0)" } ?? "" }

  private static func sum(_ terms: [Term]) -> String {
    var text = ""
    for (index, term) in terms.enumerated() {
      if index == 0 { text += term.weight < 0 ? "-" : "" } else { text += term.weight < 0 ? " - " : " + " }
      let size = abs(term.weight)
      if size != 1 { text += "\(number(size)) * " }
      if case .sum = term.point.node { text += "(\(term.point))" } else { text += term.point.description }
    }
    return text
  }

  /// The shortest text that reads as the same number.
  package static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }

  /// Paths and names stand bare unless a character in them would end them.
  private static func path(_ text: String) -> String {
    text.isEmpty || text.contains(where: PointParser.endsBareName) ? quoted(text) : text
  }

  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.properties.generalCategory == .control:
        result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
