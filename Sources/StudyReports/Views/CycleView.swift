public import Reports
public import Workflow

extension CycleResult {
  /// What the cycle loses and, for three models or more, what ways through others cost.
  public var tables: [Table] {
    [CycleTables(result: self).cycles, CycleTables(result: self).detours].compactMap { $0 }
  }
}
