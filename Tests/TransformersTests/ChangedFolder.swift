import Foundation
import TestSupport

/// A copy of a model's folder in which a JSON file says something else, or is made anew; it goes with the last reference.
struct ChangedFolder {
  private let folder: TemporaryFolder
  /// The model's folder.
  var path: String { folder.file("model") }

  init(of model: String, _ file: String, _ change: (inout Any) -> Void) throws {
    folder = try TemporaryFolder()
    try FileManager.default.copyItem(atPath: model, toPath: folder.file("model"))
    let place = "model/" + file
    let data = FileManager.default.contents(atPath: folder.file(place)) ?? Data("{}".utf8)
    var value = try JSONSerialization.jsonObject(with: data)
    change(&value)
    try folder.write(Array(JSONSerialization.data(withJSONObject: value)), to: place)
  }

  /// With another value under a key.
  init(of model: String, _ file: String, _ key: String, _ value: Any) throws {
    try self.init(of: model, file) { content in
      var object = content as? [String: Any] ?? [:]
      object[key] = value
      content = object
    }
  }
}

/// A JSON value; text that is none stands for itself.
func parsed(_ value: String) -> Any {
  (try? JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)) ?? value
}
