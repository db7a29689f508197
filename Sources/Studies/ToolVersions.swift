/// What numbers can depend on beside a study: the one place that results and reports ask.
package enum ToolVersions {
  /// By name.
  package static var all: [String: String] { ["sextant": toolVersion, "swift": compiler] }

  /// The commit that the tool was built from; nil where the build does not know it.
  package static var commit: String? { nil }

  private static var compiler: String {
    #if compiler(>=6.4)
      "6.4 or newer"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }
}
