internal import CKernels

/// The widest vector instructions that kernels use on this processor: `AVX-512 with bf16`, `AVX-512`, `AVX2`, or `those of the build`
/// where they do not choose.
public var vectorInstructions: String { unsafe String(cString: sextant_vector_instructions()) }
