import Files
import Foundation
import Tensors

/// The name of a part, `NAME-00002-of-00003.gguf`, as llama.cpp's `llama-gguf-split` gives it.
package struct GGUFPartName {
  /// With the folder, without number and ending.
  package let stem: String
  /// From 1.
  package let number: Int
  package let count: Int

  package init?(_ path: String) {
    guard let match = path.wholeMatch(of: /(.+)-([0-9]{5})-of-([0-9]{5})\.gguf/), let number = Int(match.2),
      let count = Int(match.3), number >= 1, number <= count
    else { return nil }
    (stem, self.number, self.count) = (String(match.1), number, count)
  }

  /// The path of another part.
  package func path(_ number: Int) -> String {
    "\(stem)-\(Self.digits(number))-of-\(Self.digits(count)).gguf"
  }

  static func digits(_ number: Int) -> String {
    String(repeating: "0", count: max(0, 5 - "\(number)".count)) + "\(number)"
  }
}

extension GGUFFile {
  /// Opens a model that may lie in parts, by the path of any of them: all are mapped, and hold each tensor once.
  ///
  /// Metadata are those of the first part, which alone has the model's.
  /// Cost: the headers of all parts are parsed.
  /// - Throws: as opening one file does; `.missing` for a part that is not there, with its path; `.malformed` for one that has another
  ///   number, belongs to a model of other parts, or holds a tensor a second time.
  public static func open(_ path: String) throws(CheckpointError) -> GGUFFile {
    let given = try GGUFFile(path: path)
    guard let count = given.metadata[countKey]?.integer, count > 1 else { return given }
    guard let name = GGUFPartName(path), name.count == count else {
      throw .malformed(
        path: path, offset: 0, what: "name of a file with \(countKey) \(count)",
        expected: "NAME-00001-of-\(GGUFPartName.digits(count)).gguf, by which its other parts are found",
        actual: (path as NSString).lastPathComponent)
    }
    var parts: [GGUFFile] = []
    var holders: [ExactName: String] = [:]
    for number in 1...count {
      let part = number == name.number ? given : try open(part: number, of: name)
      try part.require(part: number, of: count)
      for tensor in part.tensors {
        guard let first = holders.updateValue(part.file.path, forKey: ExactName(tensor.name)) else {
          continue
        }
        throw .malformed(
          path: part.file.path, offset: 0, what: "tensor \(tensor.name)", expected: "one of all parts",
          actual: "a second one; the first is in \(first)")
      }
      parts.append(part)
    }
    let whole = GGUFFile(joining: parts)
    if let stated = whole.metadata["split.tensors.count"]?.integer, stated != whole.tensors.count {
      throw .malformed(
        path: whole.file.path, offset: 0, what: "split.tensors.count",
        expected: "\(whole.tensors.count), as its \(count) parts hold", actual: "\(stated)")
    }
    return whole
  }

  private static let countKey = "split.count"

  private static func open(part number: Int, of name: GGUFPartName) throws(CheckpointError) -> GGUFFile {
    let path = name.path(number)
    guard FileManager.default.fileExists(atPath: path) else {
      throw .missing(
        path: path, what: "part \(number) of \(name.count)",
        hint: "the model is read from all its parts, which lie in one folder: fetch this one too")
    }
    return try GGUFFile(path: path)
  }

  private func require(part number: Int, of count: Int) throws(CheckpointError) {
    let stated = (metadata["split.no"]?.integer, metadata[Self.countKey]?.integer)
    guard stated == (number - 1, count) else {
      func words(_ value: Int?) -> String { value.map { "\($0)" } ?? "nothing" }
      throw .malformed(
        path: file.path, offset: 0, what: "split.no and \(Self.countKey)",
        expected: "\(number - 1) and \(count)",
        actual: "\(words(stated.0)) and \(words(stated.1))")
    }
  }
}
