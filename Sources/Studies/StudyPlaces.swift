internal import Files
internal import Yams

/// Where the options of a study stand in its file, and what could not be read there. It is no part of what a study says: two
/// studies that say the same are equal.
package struct StudyPlaces: Sendable, Equatable {
  private var lines: [String: Int] = [:]
  /// By the option's key.
  package private(set) var faults: [(key: String, error: any Error)] = []

  package static func == (a: Self, b: Self) -> Bool { true }

  /// A key path with the line that it stands in, or that what it is a part of stands in: `steer.behaviours[1] (line 9)`.
  package func words(_ place: String) -> String {
    var key = place[...]
    while !key.isEmpty {
      if let line = lines[String(key)] { return "\(place) (line \(line))" }
      guard let end = key.lastIndex(where: { ".[".contains($0) }) else { break }
      key = key[..<end]
    }
    return place
  }

  /// An error that does not say its line gets it.
  mutating func add(_ fault: any Error, of key: String) {
    guard case FileError.entry(let path, let place, let expected, let actual) = fault,
      !place.contains("(line ")
    else { return faults.append((key, fault)) }
    faults.append(
      (key, FileError.entry(path: path, place: words(place), expected: expected, actual: actual)))
  }

  /// Remembers where an option and all of its parts stand.
  mutating func remember(_ node: Node, _ place: String) {
    lines[place] = node.mark?.line
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping where key.scalar != nil {
        remember(value, "\(place).\(key.scalar?.string ?? "")")
        lines["\(place).\(key.scalar?.string ?? "")"] = key.mark?.line
      }
    case .sequence(let sequence):
      for (index, element) in sequence.enumerated() { remember(element, "\(place)[\(index)]") }
    case .scalar, .alias: break
    }
  }
}
