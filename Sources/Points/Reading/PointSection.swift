/// A part of a reading, or why it isn't there and which command makes what it needs.
public enum PointSection<Content: Sendable & Codable>: Sendable, Codable {
  case found(Content)
  case missing(PointGap)

  /// The part, if it is there.
  public var content: Content? { if case .found(let content) = self { content } else { nil } }

  /// Why it isn't; nil where it is.
  public var gap: PointGap? { if case .missing(let gap) = self { gap } else { nil } }

  /// What `body` finds; an error of the library is the reason why there is nothing.
  init(_ body: () throws -> Content) {
    switch attempt(body) {
    case .success(let content): self = .found(content)
    case .failure(let gap): self = .missing(gap)
    }
  }

  private enum Key: String, CodingKey { case missing }

  /// As JSON the part itself, or `{"missing": {"reason": …, "remedy": …}}`.
  public init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: Key.self), container.contains(.missing) {
      self = .missing(try container.decode(PointGap.self, forKey: .missing))
    } else {
      self = .found(try Content(from: decoder))
    }
  }

  /// As JSON the part itself, or `{"missing": {"reason": …, "remedy": …}}`.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .found(let content): try content.encode(to: encoder)
    case .missing(let gap):
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(gap, forKey: .missing)
    }
  }
}

/// What `body` finds, or why it finds nothing.
func attempt<Value>(_ body: () throws -> Value) -> Result<Value, PointGap> {
  do { return .success(try body()) } catch let gap as PointGap { return .failure(gap) } catch {
    return .failure(PointGap("\(error)"))
  }
}
