internal import COpenBLAS

/// Threads that one BLAS call may use. Inside our own parallel loops it is 1, never both.
public func setBLASThreads(_ count: Int) { openblas_set_num_threads(Int32(count)) }
