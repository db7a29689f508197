internal import Statistics

/// A tree of models: average-linkage clustering (UPGMA).
///
/// The two nearest clusters are joined until one is left; the distance to a joined cluster is the mean over its
/// members, by Lance and Williams' update
///
///     d(i ∪ j, k) = (nᵢ d(i, k) + nⱼ d(j, k)) / (nᵢ + nⱼ)
///
/// so that a height of the tree reads as a mean distance between the models on its two sides. Heights never
/// fall from the leaves to the root. Of equal distances the pair with the smaller cluster numbers is joined
/// first. O(N³) time, O(N²) memory; for tens of models.
///
/// Sokal, Michener 1958; equals scipy.cluster.hierarchy.linkage(method="average") where no two distances are
/// equal, with the leaves in the order of leaves_list.
public struct HierarchicalClustering: Sendable, Equatable, Codable {
  /// Two clusters that become one. Numbers below N are models, N + s is the cluster of step s.
  public struct Merge: Sendable, Equatable, Codable {
    /// The smaller of the two numbers.
    public let left: Int
    public let right: Int
    /// Mean distance between the members of the two.
    public let height: Double
    /// Members of both.
    public let count: Int
  }

  public let names: [String]
  /// N - 1 of them, from the lowest to the root.
  public let merges: [Merge]
  /// The models from one end of the drawn tree to the other, so that no lines cross.
  public let leafOrder: [Int]
  /// Pearson's correlation of the distances with the heights at which their pairs meet; near 1 the tree tells
  /// the truth. nil below three models or where one side does not vary.
  public let copheneticCorrelation: Double?

  public init(_ distances: ModelDistances) {
    names = distances.names
    merges = Self.joined(distances.values)
    leafOrder = names.isEmpty ? [] : Self.members(of: 2 * names.count - 2, merges, names.count)
    copheneticCorrelation = Self.correlation(distances.values, merges)
  }

  private static func joined(_ values: [[Double]]) -> [Merge] {
    var distances = values
    // Slot i holds the cluster `number[i]` of `size[i]` models; nil once joined into another slot.
    var number: [Int?] = values.indices.map { $0 }
    var size = [Int](repeating: 1, count: values.count)
    var merges: [Merge] = []
    for step in 0..<max(values.count - 1, 0) {
      let active = number.indices.filter { number[$0] != nil }.sorted {
        (number[$0] ?? 0) < (number[$1] ?? 0)
      }
      var (first, second) = (active[0], active[1])
      for (position, i) in active.enumerated() {
        for j in active[(position + 1)...] where distances[i][j] < distances[first][second] {
          (first, second) = (i, j)
        }
      }
      let (a, b) = (Double(size[first]), Double(size[second]))
      size[first] += size[second]
      merges.append(
        Merge(
          left: number[first] ?? 0, right: number[second] ?? 0, height: distances[first][second],
          count: size[first]))
      for other in active where other != first && other != second {
        let mean = (a * distances[first][other] + b * distances[second][other]) / (a + b)
        (distances[first][other], distances[other][first]) = (mean, mean)
      }
      (number[first], number[second]) = (values.count + step, nil)
    }
    return merges
  }

  /// Models below a cluster, left before right.
  private static func members(of cluster: Int, _ merges: [Merge], _ count: Int) -> [Int] {
    guard cluster >= count else { return [cluster] }
    let merge = merges[cluster - count]
    return members(of: merge.left, merges, count) + members(of: merge.right, merges, count)
  }

  private static func correlation(_ values: [[Double]], _ merges: [Merge]) -> Double? {
    var (measured, met): ([Double], [Double]) = ([], [])
    for merge in merges {
      for i in members(of: merge.left, merges, values.count) {
        for j in members(of: merge.right, merges, values.count) {
          measured.append(values[i][j])
          met.append(merge.height)
        }
      }
    }
    return values.count > 2 ? pearson(measured, met) : nil
  }

  /// The clusters left when all joins above `height` are undone: models of one cluster have one number, from 0
  /// in leaf order.
  public func clusters(below height: Double) -> [Int] {
    var labels = [Int](repeating: 0, count: names.count)
    var roots = Set(names.indices)
    for (step, merge) in merges.enumerated() where merge.height <= height {
      roots.subtract([merge.left, merge.right])
      roots.insert(names.count + step)
    }
    let groups = roots.map { Self.members(of: $0, merges, names.count) }
    let place = Dictionary(uniqueKeysWithValues: leafOrder.enumerated().map { ($0.element, $0.offset) })
    let ordered = groups.sorted { (place[$0[0]] ?? 0) < (place[$1[0]] ?? 0) }
    for (label, group) in ordered.enumerated() { for model in group { labels[model] = label } }
    return labels
  }
}
