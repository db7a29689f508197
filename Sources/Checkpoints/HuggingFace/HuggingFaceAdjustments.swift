import Files

// What some families read from `config.json` beside the keys that all of them have.
extension HuggingFaceConfigurationReader {
  /// `true` or `false`, or `nil` when the key is absent.
  func flag(_ key: String) throws(CheckpointError) -> Bool? {
    guard let value = config[key]?.present else { return nil }
    guard let flag = value.bool else { throw wrong(key, expected: "true or false", actual: value) }
    return flag
  }

  /// A list of finite numbers, or `nil` when the key is absent.
  func numbers(_ key: String, in object: JSON? = nil) throws(CheckpointError) -> [Float]? {
    guard let value = (object ?? config)[key]?.present else { return nil }
    let found = value.array?.compactMap { $0.double.map { Float($0) } }.filter(\.isFinite)
    guard let found, found.count == value.array?.count else {
      throw wrong(key, expected: "a list of finite numbers", actual: value)
    }
    return found
  }

  func check(_ key: String, _ list: [Float], count: Int) throws(CheckpointError) {
    guard list.count != count else { return }
    throw wrong(key, expected: "\(count) entries", actual: .integer(list.count))
  }

  func check(_ key: String, _ found: Int, equals expected: Int) throws(CheckpointError) {
    guard found != expected else { return }
    throw wrong(key, expected: "\(expected), the only value that is computed here", actual: .integer(found))
  }
}
