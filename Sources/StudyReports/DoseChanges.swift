package import Reports
internal import Statistics
package import Steering

extension DoseResponse {
  /// The mean change of the items' log-odds since dose 0, with its 95 % interval over the items: what items differ in without a vector
  /// is not in it. Without dose 0 there is none.
  package func changes() -> [DoseSeries.Point] {
    guard let zero = doses.firstIndex(of: 0) else { return [] }
    return zip(doses, logOdds).map { dose, items in
      let changes = zip(items, logOdds[zero]).map { $0 - $1 }
      let estimate = studentMean(changes)
      let mean = changes.isEmpty ? nil : changes.reduce(0, +) / Double(changes.count)
      return DoseSeries.Point(dose: dose, response: mean, lower: estimate?.lower, upper: estimate?.upper)
    }
  }
}
