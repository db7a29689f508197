import CCommit
import LinearAlgebra
import Stores
import Tensors
import Workflow

/// What `--version` prints: the tool, and what its numbers come from.
let toolVersionText = """
  sextant \(toolVersion)
  commit: \(unsafe String(cString: sextant_commit()))
  Swift: \(_SwiftStdlibVersion.current)
  BLAS: \(blasSummary)
  HDF5: \(hdf5Version)
  kernels: \(vectorInstructions)
  """
