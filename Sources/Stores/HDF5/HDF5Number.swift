import CHDF5

/// A number type of our files: how it lies in memory and, always little-endian, in the file.
protocol HDF5Number: BitwiseCopyable, Sendable {
  /// As descriptions and errors name it.
  static var typeName: String { get }
  static var zero: Self { get }
  static func memoryType() -> hid_t
  static func fileType() -> hid_t
}

extension Float: HDF5Number {
  static var typeName: String { "F32" }
  static func memoryType() -> hid_t { sextant_h5t_native_float() }
  static func fileType() -> hid_t { sextant_h5t_f32le() }
}

/// A number of 16 bits, see `HalfPrecision`.
struct Half: HDF5Number {
  let bits: UInt16
  static var zero: Half { Half(bits: 0) }
  static var typeName: String { "F16" }
  static func memoryType() -> hid_t { sextant_h5t_f16le() }
  static func fileType() -> hid_t { sextant_h5t_f16le() }

  var isFinite: Bool { bits & 0x7C00 != 0x7C00 }
}

extension Int32: HDF5Number {
  static var typeName: String { "I32" }
  static func memoryType() -> hid_t { sextant_h5t_native_int32() }
  static func fileType() -> hid_t { sextant_h5t_i32le() }
}

extension Int64: HDF5Number {
  static var typeName: String { "I64" }
  static func memoryType() -> hid_t { sextant_h5t_native_int64() }
  static func fileType() -> hid_t { sextant_h5t_i64le() }
}

extension UInt8: HDF5Number {
  static var typeName: String { "U8" }
  static func memoryType() -> hid_t { sextant_h5t_native_uint8() }
  static func fileType() -> hid_t { sextant_h5t_u8le() }
}

/// The name of a stored type, and its bytes an element; `nil` for a type that our files never contain.
/// Text of variable length takes a reference of 16 bytes.
func numberType(of type: hid_t) -> (name: String, bytes: Int)? {
  if H5Tequal(type, Float.fileType()) > 0 { return (Float.typeName, 4) }
  if H5Tequal(type, Half.fileType()) > 0 { return (Half.typeName, 2) }
  if H5Tequal(type, Int32.fileType()) > 0 { return (Int32.typeName, 4) }
  if H5Tequal(type, Int64.fileType()) > 0 { return (Int64.typeName, 8) }
  if H5Tequal(type, UInt8.fileType()) > 0 { return (UInt8.typeName, 1) }
  if H5Tis_variable_str(type) > 0 { return (TextType.variable, 16) }
  if H5Tget_class(type) == H5T_STRING { return (TextType.fixed, H5Tget_size(type)) }
  return nil
}
