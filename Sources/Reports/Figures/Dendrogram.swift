/// Two branches of a tree that become one.
public struct DendrogramMerge: Sendable, Equatable {
  /// Numbers below the number of leaves are leaves, N + s is the branch that merge s made.
  public let left: Int
  public let right: Int
  public let height: Double

  public init(_ left: Int, _ right: Int, height: Double) {
    self.left = left
    self.right = right
    self.height = height
  }
}

/// A value worth comparing with, drawn as a dashed line with its name.
public struct FigureReference: Sendable, Equatable {
  public let name: String
  public let value: Double

  public init(_ name: String, value: Double) {
    self.name = name
    self.value = value
  }
}

extension Figure {
  /// A tree that grows from its leaves on the left; branches meet at their height on the horizontal axis.
  ///
  /// Leaves stand in the order in which no lines cross, left before right, from the top. Each joint carries its
  /// height while there are at most 16 leaves.
  /// - Parameters:
  ///   - merges: one fewer than leaves, each of branches that exist and were not joined before.
  ///   - reference: a height to compare with, such as the distance of unrelated models.
  /// - Throws: ``ReportError/notDrawable(figure:reason:)`` if the merges do not make one tree, or a height is
  ///   negative or not finite.
  public static func dendrogram(
    title: String, leaves: [String], merges: [DendrogramMerge], height: FigureAxis,
    reference: FigureReference? = nil, labels: NumberFormat? = .decimals(2)
  ) throws(ReportError) -> Figure {
    let tree = try DendrogramLayout(title: title, leaves: leaves, merges: merges)
    let tallest = max(merges.map(\.height).max() ?? 0, reference.map(\.value) ?? 0)
    let end = tallest > 0 ? tallest * 1.08 : 1
    return Figure(title: title) { page in
      let (ink, faint) = (FigureStyle.ink, FigureStyle.faint)
      let most = 0.45 * page.width / page.em
      let names = leaves.map { FigureText.fitted($0, room: most) }
      let frame = FigureFrame(
        page, title: title, x: height, key: reference.map { [$0.name] } ?? [],
        ticsLeft: 1 + (names.map(FigureText.width).max() ?? 0),
        plotHeight: { _ in max(5, 2.1 * Double(leaves.count)) * page.em })
      let tics = tree.order.enumerated().map { FigureStyle.tic([names[$1]], at: $0) }
      var commands =
        frame.words + [
          "set border 1 linewidth 1 linecolor rgb '\(faint)'",
          "set grid xtics linetype 1 linewidth 0.7 linecolor rgb '\(FigureStyle.grid)' back",
          "set xrange [0:\(end)]", "set yrange [\(Double(leaves.count) - 0.4):-0.6]",
          "set xtics nomirror out scale 0.6 textcolor rgb '\(ink)'",
          "set ytics (\(tics.joined(separator: ", "))) nomirror scale 0 noenhanced textcolor rgb '\(ink)'",
        ]
      if let labels, leaves.count <= 16 {
        let room = 2.6 * page.em * end / (frame.right - frame.left)
        for (place, joint) in tree.labelPlaces(room: room).enumerated() {
          guard let text = FigureStyle.number(merges[place].height, labels) else { continue }
          commands.append(
            "set label '\(text)' at \(joint.height), \(joint.middle) offset "
              + (joint.isInside ? "-0.5,0 right" : "0.5,0.55 left")
              + " \(page.font(0.8)) textcolor rgb '\(FigureStyle.soft)' front")
        }
      }
      var data = [FigureData("tree", columns: [height.label, "leaf from the top"], rows: tree.lines)]
      var plots = [
        "data index 'tree' using 1:2 with lines linewidth 1.8 linecolor rgb '\(FigureStyle.colour(0))' notitle"
      ]
      if let reference, reference.value.isFinite {
        data.append(
          FigureData(
            "reference", reference.name, columns: [height.label, "leaf from the top"],
            rows: [[reference.value, Double(leaves.count) - 0.4], [reference.value, -0.6]]))
        plots.append(
          "data index 'reference' using 1:2 with lines dashtype (6,4) linewidth 1.2 linecolor rgb '\(faint)' "
            + frame.named(reference.name))
      }
      return FigureDrawing(height: frame.height, commands: commands + [FigureStyle.plot(plots)], data: data)
    }
  }
}

/// Where the lines of a tree run: x is the height, y the place of the leaf from the top.
private struct DendrogramLayout {
  /// Leaves from the top.
  let order: [Int]
  /// Four corners a merge, a gap after them.
  private(set) var lines: [[Double]] = []
  private var joints: [Joint] = []

  /// Where two branches meet, and the heights of the two.
  private struct Joint {
    let height: Double
    let top: Double
    let bottom: Double
    let branches: (top: Double, bottom: Double)
    /// How far the two branches reach towards the middle.
    let reach: (top: Double, bottom: Double)

    var middle: Double { (top + bottom) / 2 }
  }

  init(title: String, leaves: [String], merges: [DendrogramMerge]) throws(ReportError) {
    guard !leaves.isEmpty, merges.count == leaves.count - 1 else {
      throw .notDrawable(figure: title, reason: "\(merges.count) joints for \(leaves.count) leaves")
    }
    var branches: [[Int]?] = leaves.indices.map { [$0] }
    for (step, merge) in merges.enumerated() {
      guard merge.height.isFinite, merge.height >= 0 else {
        throw .notDrawable(figure: title, reason: "joint \(step) is at height \(merge.height)")
      }
      guard merge.left != merge.right, branches.indices.contains(merge.left),
        branches.indices.contains(merge.right), let left = branches[merge.left],
        let right = branches[merge.right]
      else {
        throw .notDrawable(
          figure: title,
          reason: "joint \(step) takes branches \(merge.left) and \(merge.right), of which one is not there")
      }
      (branches[merge.left], branches[merge.right]) = (nil, nil)
      branches.append(left + right)
    }
    order = (branches.last ?? nil) ?? []
    var places = [Double](repeating: 0, count: leaves.count)
    for (place, leaf) in order.enumerated() { places[leaf] = Double(place) }
    var heights = [Double](repeating: 0, count: leaves.count)
    // The lowest end of each branch on the page, and its highest.
    var ends = places.map { (top: $0, bottom: $0) }
    for merge in merges {
      let (left, right) = (merge.left, merge.right)
      lines += [
        [heights[left], places[left]], [merge.height, places[left]], [merge.height, places[right]],
        [heights[right], places[right]], [],
      ]
      let joint = Joint(
        height: merge.height, top: places[left], bottom: places[right],
        branches: (heights[left], heights[right]), reach: (ends[left].bottom, ends[right].top))
      joints.append(joint)
      places.append(joint.middle)
      heights.append(merge.height)
      ends.append((places[left], places[right]))
    }
    if lines.isEmpty { lines = [[0, 0], [0, 0]] }
  }

  /// Where each joint's number has room: inside its bracket, unless a branch or the axis is nearer than `room`;
  /// then above the branch that leaves it.
  func labelPlaces(room: Double) -> [(height: Double, middle: Double, isInside: Bool)] {
    joints.map { joint in
      let isBelow = joint.height - joint.branches.top < room && joint.reach.top > joint.middle - 0.3
      let isAbove = joint.height - joint.branches.bottom < room && joint.reach.bottom < joint.middle + 0.3
      return (joint.height, joint.middle, joint.height > room && !isBelow && !isAbove)
    }
  }
}
