internal import COpenBLAS

/// Runs `body` with BLAS on one thread and restores the setting afterwards.
///
/// Our own parallel loops call BLAS from several workers; a BLAS that starts threads of its own in each of
/// them oversubscribes the processors. The setting is process-wide.
public func withSingleThreadedBLAS<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let threads = openblas_get_num_threads()
  openblas_set_num_threads(1)
  defer { openblas_set_num_threads(threads) }
  return try body()
}
