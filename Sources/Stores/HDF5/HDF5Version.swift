import CHDF5

/// The version of the HDF5 library, which refuses to work with headers of another.
public let hdf5Version = "\(H5_VERS_MAJOR).\(H5_VERS_MINOR).\(H5_VERS_RELEASE)"
