import ArgumentParser
import Checkpoints
import Files
import Foundation
import Studies

/// A model of a study by its name there, and what stands for it now: `new=runs/42/model.gguf`.
struct ModelAssignment: ExpressibleByArgument {
  let name: String
  let source: String

  init?(argument: String) {
    guard let cut = argument.firstIndex(of: "="), cut > argument.startIndex else { return nil }
    (name, source) = (String(argument[..<cut]), String(argument[argument.index(after: cut)...]))
    guard !source.isEmpty else { return nil }
  }

  var defaultValueDescription: String { "\(name)=\(source)" }

  /// A path of the command line starts at the current folder, and not at the study's as those of the study do; a plain name is none.
  fileprivate var wholeSource: String {
    let isPath = ModelName.of(source) != source && FileManager.default.fileExists(atPath: source)
    return isPath ? URL(filePath: source).path : source
  }
}

extension [ModelAssignment] {
  /// Puts the sources into the study; its names, and with them those of all numbers, stay.
  /// - Throws: a usage error for a model that the study does not have, or one that is given twice.
  func apply(to study: inout Study) throws {
    for (position, assignment) in enumerated() {
      let names = study.models.map(\.name)
      guard let index = names.firstIndex(of: assignment.name) else {
        throw ValidationError(
          "--model \(assignment.name)=\(assignment.source): the study's models are \(names.joined(separator: ", "))"
            + suggestion(for: assignment.name, among: names))
      }
      guard !prefix(position).contains(where: { $0.name == assignment.name }) else {
        throw ValidationError("--model \(assignment.name)=… is given twice")
      }
      study.models[index].source = assignment.wholeSource
    }
  }

  /// As a user would type them.
  var words: String { map { " --model \($0.name)=\($0.source)" }.joined() }
}
