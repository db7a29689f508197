/// One of the two spaces of a pair.
public enum Side: String, Sendable, Codable, CaseIterable {
  case first = "a"
  case second = "b"
}

/// One measure taken once: of a pair, or of one of its spaces, in one gauge.
public struct Reading: Sendable {
  public let measure: any Measure.Type
  public let gauge: Gauge
  /// nil for a measure of the pair.
  public let side: Side?

  /// No two readings of a pair have the same: `cka/centred`, `anisotropy/raw/a`.
  public var name: String {
    ([measure.name, gauge.rawValue] + [side?.rawValue].compactMap { $0 }).joined(separator: "/")
  }
}

extension Measures {
  /// Every reading of a pair, gauge by gauge, in the order of the list.
  ///
  /// - Parameters:
  ///   - list: in whose order.
  ///   - also: the groups that are measured beside what always is; their order changes nothing.
  ///   - gauges: in which both spaces can be seen.
  ///   - hasTokens: whether it is known what the tokens are.
  public static func readings(
    of list: [any Measure.Type] = all, also: [MeasureGroup], gauges: [Gauge] = Gauge.allCases,
    hasTokens: Bool = true
  ) -> [Reading] {
    let asked = list.filter { measure in
      (measure.group.map(also.contains) ?? true) && (hasTokens || !measure.needsTokens)
    }
    return gauges.flatMap { gauge in
      asked.filter { $0.gauges.contains(gauge) }.flatMap { measure in
        let sides: [Side?] = measure is any SpaceMeasure.Type ? Side.allCases : [nil]
        return sides.map { Reading(measure: measure, gauge: gauge, side: $0) }
      }
    }
  }
}

/// Where findings are kept, for ``Findings/take(_:of:keptIn:)``.
public protocol FindingStore {
  /// The finding of a reading: a kept one, or what is measured now.
  func finding<Finding: Codable & Sendable>(
    of reading: Reading, _ measure: () throws -> Finding
  ) throws -> Finding
}

/// Findings that are measured whenever they are asked for, and kept nowhere.
public struct MeasuredFindings: FindingStore {
  public init() {}

  /// Measures.
  public func finding<Finding: Codable & Sendable>(
    of reading: Reading, _ measure: () throws -> Finding
  ) throws -> Finding {
    try measure()
  }
}
