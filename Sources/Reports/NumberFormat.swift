import Foundation

/// How many digits of a number a reader sees. Files for programs (CSV, JSON) always carry full precision.
public enum NumberFormat: Sendable, Equatable {
  /// A fixed count of digits after the point, 0 … 15.
  case decimals(Int)
  /// A fixed count of significant digits, 1 … 15; very large and very small numbers in scientific notation.
  case significant(Int)

  /// The rounded number as text; `nil` if it is not finite. A negative zero loses its sign.
  public func text(_ value: Double) -> String? {
    guard value.isFinite else { return nil }
    switch self {
    case .decimals(let digits):
      precondition((0...15).contains(digits), "decimals must be 0 … 15, is \(digits)")
      return withoutNegativeZero(String(format: "%.\(digits)f", value))
    case .significant(let digits):
      precondition((1...15).contains(digits), "significant digits must be 1 … 15, are \(digits)")
      return withoutNegativeZero(significant(value, digits: digits))
    }
  }

  private func significant(_ value: Double, digits: Int) -> String {
    guard value != 0 else { return "0" }
    // The exponent after rounding: 9.996 at three digits is 10.0, not 10.00.
    let scientific = String(format: "%.\(digits - 1)e", value)
    let exponent = scientific.split(separator: "e").last.flatMap { Int($0) } ?? 0
    if exponent < -4 || exponent > 6 { return scientific }
    return String(format: "%.\(max(0, digits - 1 - exponent))f", value)
  }

  private func withoutNegativeZero(_ text: String) -> String {
    guard text.hasPrefix("-"), text.allSatisfy({ "-0.".contains($0) }) else { return text }
    return String(text.dropFirst())
  }
}
