internal import Files
package import Reports
internal import Yams

/// One option of a study, said once: the reader, docs/studies.md, `--help` and every check are made from it.
package struct Parameter<Value: Sendable & Equatable & Encodable>: AnyParameter {
  package let key: String
  package let help: String
  package let affects: Set<StepKind>
  package let example: String?
  package let isRequired: Bool
  private let path: any WritableKeyPath<Study, Value> & Sendable
  private let kind: ParameterKind<Value>

  /// - Parameters:
  ///   - key: where it stands in a study file, such as `align.held_out`.
  ///   - help: what it is, in a phrase that begins in lower case and has no full stop.
  ///   - affects: the steps that come to other numbers by it; an option that only asks for more steps affects none.
  ///   - example: what docs show of an option that is nothing by default.
  init(
    _ key: String, _ path: any WritableKeyPath<Study, Value> & Sendable, _ kind: ParameterKind<Value>,
    _ help: String, affects: Set<StepKind> = [], example: String? = nil, isRequired: Bool = false
  ) {
    (self.key, self.path, self.kind, self.help) = (key, path, kind, help)
    (self.affects, self.example, self.isRequired) = (affects, example, isRequired)
  }

  /// What it is where a study does not say.
  package var standard: Value { Parameters.standard[keyPath: path] }

  package var standardText: String { kind.text(standard) }

  package var range: String { kind.range }

  /// Why a value is not allowed; nil for one that is.
  package func fault(_ value: Value) -> ParameterFault? { kind.fault(value) }

  package func fault(in study: Study) -> ParameterFault? { kind.fault(study[keyPath: path]) }

  package func json(in study: Study) throws -> JSONValue { try JSONValue(encoding: study[keyPath: path]) }

  package func read(_ node: StudyNode, into study: inout Study) throws {
    study[keyPath: path] = try kind.read(node, study)
  }
}

/// A ``Parameter`` of any type.
package protocol AnyParameter: Sendable {
  /// Where it stands in a study file.
  var key: String { get }
  /// What it is.
  var help: String { get }
  /// Which values are allowed, in words; empty where all are.
  var range: String { get }
  /// The steps that come to other numbers by it.
  var affects: Set<StepKind> { get }
  /// What docs show, commented out, of an option that is nothing by default.
  var example: String? { get }
  /// Whether every study has to say it.
  var isRequired: Bool { get }
  /// What it is where a study does not say, as a study file has it.
  var standardText: String { get }

  /// Why a study's value is not allowed; nil where it is.
  func fault(in study: Study) -> ParameterFault?

  /// A study's value, as a study file that is JSON has it; `null` for none.
  func json(in study: Study) throws -> JSONValue

  /// Gives the study what a file says, and what the study has been given before may count.
  /// - Throws: `FileError.entry` for another kind of value, with place and line.
  func read(_ node: StudyNode, into study: inout Study) throws
}

extension AnyParameter {
  /// The mapping that it stands in; nil at the head of the file.
  package var section: String? { key.firstIndex(of: ".").map { String(key[..<$0]) } }

  /// Its key in that mapping.
  package var name: String { section.map { String(key.dropFirst($0.count + 1)) } ?? key }

  /// What it is, in these words or others, and which values are allowed.
  package func words(_ help: String, withRange: Bool = true) -> String {
    range.isEmpty || !withRange ? help : "\(help); \(range)"
  }
}

/// A value of a study file, and where it stands.
package struct StudyNode {
  let reader: YAMLReader
  /// nil where the file does not have it.
  let node: Node?
  let place: String
}

/// Why a value is not allowed.
package struct ParameterFault: Sendable, Equatable {
  /// What follows the parameter's key, such as `[1]` for the second of a list.
  var place = ""
  package let expected: String
  package let actual: String
}
