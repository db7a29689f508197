internal import CKernels

/// Keeps what is freed for what is asked for next, up to 256 MB, where glibc would hand it back to the system at once.
///
/// Products make and free matrices of some MB, and to be given each page anew took a tenth of the time of a reverse pass. Matrices
/// above 64 MB go back as ever. For a program to call at its start; with another C library than glibc it does nothing.
public func keepFreedMemory() { sextant_keep_freed_memory() }
