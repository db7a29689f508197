internal import Checkpoints
public import Files
public import Transformers

/// A parameter as a user names it: `mlp:12.347`, neuron 347 of block 12; `head:5.3`, head 3 of block 5; both count from 0.
public enum ParameterName: Sendable, Equatable, CustomStringConvertible {
  case neuron(block: Int, Int)
  case head(block: Int, Int)

  private static let kinds = ["mlp", "head"]

  /// - Returns: nil for a text that names no parameter at all: one that does not begin with `mlp:` or `head:`.
  /// - Throws: ``ParameterNameError`` where what follows is no block and number.
  public init?(_ text: String) throws(ParameterNameError) {
    guard let kind = Self.kinds.first(where: { text.hasPrefix($0 + ":") }) else { return nil }
    let parts = text.dropFirst(kind.count + 1).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let block = Int(parts[0]), let number = Int(parts[1]), block >= 0, number >= 0
    else {
      throw .form(text, kind: kind)
    }
    self = kind == "mlp" ? .neuron(block: block, number) : .head(block: block, number)
  }

  public var description: String {
    switch self {
    case .neuron(let block, let number): "mlp:\(block).\(number)"
    case .head(let block, let number): "head:\(block).\(number)"
    }
  }

  /// Makes sure that the model has it.
  /// - Throws: ``ParameterNameError/missing(_:what:limit:)``, ``ParameterNameError/noGate(_:family:)``,
  ///   ``ParameterNameError/experts(_:block:)``.
  public func check(in model: Model) throws(ParameterNameError) {
    let c = model.configuration
    let (block, number, what, count) =
      switch self {
      case .neuron(let block, let number): (block, number, "neurons", c.feedForwardWidth)
      case .head(let block, let number): (block, number, "heads", c.headCount)
      }
    guard block < c.blockCount else { throw .missing(description, what: "blocks", limit: c.blockCount) }
    guard number < count else { throw .missing(description, what: what, limit: count) }
    guard case .neuron = self else { return }
    guard model.family.isGated else { throw .noGate(description, family: model.family.name) }
    guard !c.hasExperts(block: block) else { throw .experts(description, block: block) }
  }
}

/// What is wrong with the name of a parameter.
public enum ParameterNameError: Failure, Equatable {
  case form(String, kind: String)
  case missing(String, what: String, limit: Int)
  /// A neuron is read as a gate, what passes it and what it writes.
  case noGate(String, family: String)
  /// A block with experts has as many layers of neurons, which have no names here.
  case experts(String, block: Int)

  public var description: String {
    switch self {
    case .form(let text, let kind):
      "\(text): expected \(kind):BLOCK.\(kind == "mlp" ? "NEURON" : "HEAD"), both numbers from 0, as in \(kind):5.3"
    case .missing(let name, let what, let limit): "\(name): the model has the \(what) 0 to \(limit - 1)"
    case .noGate(let name, let family):
      "\(name): the words of a neuron are those of its gate, of what passes it and of what it writes; the architecture \(family) has no gates; read head:BLOCK.HEAD"
    case .experts(let name, let block):
      "\(name): block \(block) has experts in place of one feed-forward layer, whose neurons are not read; read head:BLOCK.HEAD"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .form: .usage
    case .missing, .noGate, .experts: .misfit
    }
  }
}
