internal import Files
public import Stores

/// Which items a model learns from, which say when to stop, and which nothing has seen.
///
/// By item, and by a hash alone: `SHA-256(seed, group)` as a share of its range, below ``Options/test`` for the test, below that and
/// ``Options/validation`` for validation. So an item stays where it is when others come or go, or stand in another order; items of one
/// group, such as synonyms with one gloss, stay together.
public struct DomainSplit: Sendable, Equatable {
  /// A part of a domain.
  public enum Part: String, Sendable, Equatable, CaseIterable {
    case training, validation, test
  }

  /// How large the parts are.
  public struct Options: Sendable, Equatable, Codable {
    /// The share of groups that the result is judged on; above 0, with ``validation`` below 1.
    public var test = 0.1
    /// The share of groups that tell when training stops; above 0.
    public var validation = 0.05
    /// Another seed holds out other items.
    public var seed: UInt64 = 1

    public init() {}
  }

  public let options: Options
  /// Of each item.
  public let parts: [Part]

  /// - Throws: ``DomainError/empty(what:domain:reason:)`` where a part has no item: the domain is too small;
  ///   ``DomainError/option(name:expected:actual:)`` for shares out of range.
  public init(_ domain: Domain, options: Options = Options()) throws(DomainError) {
    guard options.test > 0, options.validation > 0, options.test + options.validation < 1 else {
      throw .option(
        name: "shares of test and validation", expected: "above 0, together below 1",
        actual: "\(options.test) and \(options.validation)")
    }
    self.options = options
    parts = domain.groups.map { Self.part(of: $0, options) }
    for part in Part.allCases where !parts.contains(part) {
      throw .empty(
        what: "items for \(part.rawValue)", domain: domain.name,
        reason: "\(domain.count) items are too few for shares of \(options.test) and \(options.validation): "
          + "add items, or hold out more")
    }
  }

  /// The items of a part, ascending.
  public func items(of part: Part) -> [Int] { parts.indices.filter { parts[$0] == part } }

  /// Where a group goes.
  public static func part(of group: String, _ options: Options) -> Part {
    let share = share(of: "\(options.seed)\u{0}\(group)")
    return share < options.test ? .test : share < options.test + options.validation ? .validation : .training
  }

  /// A text's hash as a number from 0 to below 1.
  static func share(of text: String) -> Double {
    let bits = SHA256.digest(of: Array(text.utf8).span).prefix(7).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Double(bits) / 0x1p56
  }
}
