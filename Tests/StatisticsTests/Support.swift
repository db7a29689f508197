import Foundation

/// Values computed by Golden/generate.py.
struct Golden: Decodable {
  let x: [Double]
  let y: [Double]
  let pearson: Double
  /// To whole numbers, so that ranks are tied.
  let roundedX: [Double]
  let roundedY: [Double]
  let spearman: Double
  let quantiles: [Double]
  let pValues: [Double]
  let benjaminiHochberg: [Double]
  let benjaminiYekutieli: [Double]

  static func load() throws -> Golden {
    let url = Bundle.module.bundleURL.appending(path: "Golden/statistics.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }
}

func isClose(_ x: Double?, _ y: Double?, _ tolerance: Double) -> Bool {
  guard let x, let y else { return false }
  return abs(x - y) <= tolerance * max(1, abs(y))
}
