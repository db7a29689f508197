import Foundation

/// A file of the Golden folder.
func golden(_ name: String) throws -> String {
  guard let path = Bundle.module.path(forResource: "Golden/" + name, ofType: nil) else {
    throw CocoaError(.fileNoSuchFile)
  }
  return path
}
