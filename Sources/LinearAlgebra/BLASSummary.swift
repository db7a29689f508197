internal import COpenBLAS

/// The BLAS that computes, the processor that its kernels are made for, and its threads: `OpenBLAS 0.3.21, kernels for Zen, 2 threads`.
///
/// Other kernels and another number of threads round otherwise.
public var blasSummary: String {
  let words = unsafe String(cString: openblas_get_config()).split(separator: " ")
  let processor = unsafe String(cString: openblas_get_corename())
  let threads = openblas_get_num_threads()
  return "\(words.prefix(2).joined(separator: " ")), kernels for \(processor), "
    + (threads == 1 ? "1 thread" : "\(threads) threads")
}
