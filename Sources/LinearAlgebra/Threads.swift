internal import COpenBLAS
internal import Synchronization

/// Runs `body` with BLAS on one thread and restores the setting when no such body is left.
///
/// Our own parallel loops call BLAS from several workers; a BLAS that starts threads of its own in each of
/// them oversubscribes the processors. The setting is process-wide: bodies that overlap share it, and the last one to
/// end restores it, so that none of them finds several threads, which round otherwise.
public func withSingleThreadedBLAS<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  singleThreaded.withLock { setting in
    if setting.bodies == 0 {
      setting.threads = openblas_get_num_threads()
      openblas_set_num_threads(1)
    }
    setting.bodies += 1
  }
  defer {
    singleThreaded.withLock { setting in
      setting.bodies -= 1
      if setting.bodies == 0 { openblas_set_num_threads(setting.threads) }
    }
  }
  return try body()
}

/// Bodies that run, and the threads that BLAS had before the first of them.
private let singleThreaded = Mutex((bodies: 0, threads: Int32(1)))
