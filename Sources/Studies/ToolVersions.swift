internal import CCommit
internal import LinearAlgebra
internal import Stores
internal import Tensors
internal import Workflow

/// What numbers can depend on beside a study: the one list that `--version`, results and reports show.
package enum ToolVersions {
  /// The tool, then what computes for it.
  package static var all: [(name: String, version: String)] {
    [
      ("sextant", toolVersion), ("Swift", "\(_SwiftStdlibVersion.current)"), ("BLAS", blasSummary),
      ("HDF5", hdf5Version), ("kernels", vectorInstructions),
    ]
  }

  /// The commit that the tool was built from; nil where the build does not know it.
  package static var commit: String? {
    let commit = unsafe String(cString: sextant_commit())
    return commit == "unknown" ? nil : commit
  }
}
