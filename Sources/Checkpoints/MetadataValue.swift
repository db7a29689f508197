/// A value of a checkpoint's metadata; integers and floats are widened, arrays are homogeneous.
public enum MetadataValue: Sendable, Equatable {
  case unsigned(UInt64)
  case signed(Int64)
  case float(Double)
  case bool(Bool)
  case string(String)
  case unsignedArray([UInt64])
  case signedArray([Int64])
  case floatArray([Double])
  case boolArray([Bool])
  case stringArray([String])
  case nestedArray([MetadataValue])

  /// The value as an `Int` if it is an integer that fits.
  public var integer: Int? {
    switch self {
    case .unsigned(let value): Int(exactly: value)
    case .signed(let value): Int(exactly: value)
    default: nil
    }
  }

  /// The value as a number: floats and integers.
  public var number: Double? {
    switch self {
    case .float(let value): value
    case .unsigned(let value): Double(value)
    case .signed(let value): Double(value)
    default: nil
    }
  }

  public var bool: Bool? {
    if case .bool(let value) = self { value } else { nil }
  }

  public var string: String? {
    if case .string(let value) = self { value } else { nil }
  }

  public var strings: [String]? {
    if case .stringArray(let values) = self { values } else { nil }
  }

  /// The elements as `Int`s if the value is an array of integers that all fit.
  public var integers: [Int]? {
    switch self {
    case .unsignedArray(let values): values.allSatisfy { $0 <= Int.max } ? values.map { Int($0) } : nil
    case .signedArray(let values): values.map { Int($0) }
    default: nil
    }
  }

  public var floats: [Double]? {
    if case .floatArray(let values) = self { values } else { nil }
  }

  /// A short form for listings: the value itself, or type and number of elements of an array.
  public var summary: String {
    switch self {
    case .unsigned(let value): "\(value)"
    case .signed(let value): "\(value)"
    case .float(let value): "\(value)"
    case .bool(let value): "\(value)"
    case .string(let value): value
    case .unsignedArray(let values): "\(values.count) unsigned integers"
    case .signedArray(let values): "\(values.count) integers"
    case .floatArray(let values): "\(values.count) floats"
    case .boolArray(let values): "\(values.count) booleans"
    case .stringArray(let values): "\(values.count) strings"
    case .nestedArray(let values): "\(values.count) arrays"
    }
  }
}
