internal import Files
internal import Geometry
internal import Points
internal import Stores
internal import Tensors

/// Makes a point of an expression, from the leaves up, in the space of a domain.
struct DomainPointResolver {
  let domain: Domain
  let text: String
  /// Those that the expression names, in its order, each once.
  private(set) var items: [Int] = []

  init(_ domain: Domain, text: String) { (self.domain, self.text) = (domain, text) }

  /// A part of an expression.
  struct Part {
    var values: [Double]
    var weight: Double
  }

  mutating func resolve(_ expression: PointExpression) throws(PointError) -> Part {
    let column = expression.column
    switch expression.node {
    case .item(let name): return try item(name, column)
    case .row(let name, let space): return try row(name, space, column)
    case .vector(let path, let layer):
      guard layer == nil else { throw fault(column, .noTokens(domain: domain.name)) }
      return try vector(path, column)
    case .token, .state: throw fault(column, .noTokens(domain: domain.name))
    case .sum(let terms):
      var parts: [(Double, Part)] = []
      for term in terms { parts.append((term.weight, try resolve(term.point))) }
      return combined(parts)
    case .mean(let points):
      var parts: [(Double, Part)] = []
      for point in points { parts.append((1 / Double(points.count), try resolve(point))) }
      return combined(parts)
    case .lerp(let a, let b, let share):
      return combined([(1 - share, try resolve(a)), (share, try resolve(b))])
    case .slerp(let a, let b, let share):
      let (a, b) = (try resolve(a), try resolve(b))
      let circle = GreatCircle(a.values, b.values)
      if let words = circle.fault(ofWeights: (a.weight, b.weight)) { throw fault(column, .undefined(words)) }
      let weights = circle.weights(at: share)
      var result = combined([(weights.a, a), (weights.b, b)])
      result.weight = (1 - share) * a.weight + share * b.weight
      return result
    case .direction(let point):
      var part = try resolve(point)
      part.weight = 0
      return part
    }
  }

  private func combined(_ parts: [(weight: Double, part: Part)]) -> Part {
    var result = Part(values: Array(repeating: 0, count: domain.width), weight: 0)
    for (weight, part) in parts {
      for index in result.values.indices { result.values[index] += weight * part.values[index] }
      result.weight += weight * part.weight
    }
    return result
  }

  // MARK: - Leaves

  private mutating func item(_ name: String, _ column: Int) throws(PointError) -> Part {
    guard let row = domain.row(of: name) else {
      throw fault(
        column, .unknownItem(name, domain: domain.name, nearest: nearest(to: name, among: domain.names)))
    }
    if !items.contains(row) { items.append(row) }
    return Part(values: domain.vectors.row(row).map { Double($0) }, weight: 1)
  }

  private func vector(_ path: String, _ column: Int) throws(PointError) -> Part {
    let read = try fileRow(.init(path: path, row: 0), column)
    guard read.rows == 1 else { throw fault(column, .severalRows(path: path, rows: read.rows)) }
    return try Part(values: checked(read, 0, column), weight: 0)
  }

  private func row(
    _ name: PointExpression.RowName, _ space: PointSpace?, _ column: Int
  ) throws(PointError) -> Part {
    if let space { throw fault(column, .notOfDomain(what: "a row with @\(space)", space: space)) }
    return try Part(values: checked(fileRow(name, column), name.row, column), weight: 1)
  }

  private func fileRow(_ name: PointExpression.RowName, _ column: Int) throws(PointError) -> FileRow {
    do throws(FileRowFault) { return try FileRow(name) } catch {
      switch error {
      case .row(let number, let rows, let what): throw fault(column, .row(number, rows: rows, what: what))
      case .failure(let failure): throw fault(column, .underlying(failure))
      }
    }
  }

  private func checked(_ read: FileRow, _ row: Int, _ column: Int) throws(PointError) -> [Double] {
    guard read.numbers.count == domain.width else {
      throw fault(
        column,
        .width(
          read.numbers.count, what: read.what, spaces: "the domain \(domain.name), \(domain.width) wide"))
    }
    guard read.numbers.allSatisfy(\.isFinite) else {
      throw fault(column, .notFinite(what: "row \(row) of \(read.what)"))
    }
    return read.numbers.map { Double($0) }
  }

  private func fault(_ column: Int, _ reason: PointError.Reason) -> PointError {
    PointError(at: PointPlace(text, column), reason)
  }
}
