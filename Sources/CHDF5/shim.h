#pragma once

// The library's 1.10 interface under its unversioned names, whatever release is installed.
#define H5_USE_110_API 1
#include <hdf5.h>
#include <string.h>

// Constants that are macros with a cast or an initialising call, which Swift cannot see.
static inline unsigned sextant_h5f_acc_rdonly(void) { return H5F_ACC_RDONLY; }
static inline unsigned sextant_h5f_acc_trunc(void) { return H5F_ACC_TRUNC; }
static inline hid_t sextant_h5p_default(void) { return H5P_DEFAULT; }
static inline hid_t sextant_h5p_file_create(void) { return H5P_FILE_CREATE; }
static inline hid_t sextant_h5p_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t sextant_h5p_group_create(void) { return H5P_GROUP_CREATE; }
static inline hid_t sextant_h5p_dataset_create(void) { return H5P_DATASET_CREATE; }
static inline hid_t sextant_h5p_dataset_xfer(void) { return H5P_DATASET_XFER; }
static inline hid_t sextant_h5s_all(void) { return H5S_ALL; }

static inline hid_t sextant_h5t_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t sextant_h5t_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t sextant_h5t_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t sextant_h5t_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t sextant_h5t_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t sextant_h5t_f32le(void) { return H5T_IEEE_F32LE; }
static inline hid_t sextant_h5t_f64le(void) { return H5T_IEEE_F64LE; }
static inline hid_t sextant_h5t_u8le(void) { return H5T_STD_U8LE; }
static inline hid_t sextant_h5t_i32le(void) { return H5T_STD_I32LE; }
static inline hid_t sextant_h5t_i64le(void) { return H5T_STD_I64LE; }

// IEEE 754 binary16, made once as numpy's and h5py's; the library has no name for it before 1.14.4. Call it under the lock.
static inline hid_t sextant_h5t_f16le(void) {
  static hid_t type = -1;
  if (type >= 0) return type;
  hid_t made = H5Tcopy(H5T_IEEE_F32LE);
  if (made < 0) return made;
  if (H5Tset_fields(made, 15, 10, 5, 0, 10) < 0 || H5Tset_size(made, 2) < 0 || H5Tset_ebias(made, 15) < 0) {
    H5Tclose(made);
    return -1;
  }
  return type = made;
}
static inline hsize_t sextant_h5s_unlimited(void) { return H5S_UNLIMITED; }

// A new type: UTF-8 text of `width` bytes, padded with zero bytes.
static inline hid_t sextant_h5t_text(size_t width) {
  hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0) return type;
  if (H5Tset_size(type, width) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0 ||
      H5Tset_strpad(type, H5T_STR_NULLPAD) < 0) {
    H5Tclose(type);
    return -1;
  }
  return type;
}

// No messages on stderr from this thread.
static inline herr_t sextant_h5_silence(void) { return H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

typedef struct {
  char *text;
  size_t capacity;
} sextant_h5_message;

static inline herr_t sextant_h5_append(unsigned depth, const H5E_error2_t *error, void *context) {
  sextant_h5_message *message = (sextant_h5_message *)context;
  if (error->desc == NULL || error->desc[0] == 0) return 0;
  size_t used = strlen(message->text);
  size_t left = message->capacity - used - 1;
  if (used > 0 && left > 2) {
    strcat(message->text, "; ");
    left -= 2;
  }
  strncat(message->text, error->desc, left);
  return 0;
}

// The descriptions on this thread's error stack, from the call down to the cause.
static inline void sextant_h5_explain(char *text, size_t capacity) {
  sextant_h5_message message = {text, capacity};
  text[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, sextant_h5_append, &message);
  H5Eclear2(H5E_DEFAULT);
}

typedef struct {
  int is_group;
  int is_dataset;
  unsigned long long address;
  unsigned long long attributes;
} sextant_h5_object;

static inline herr_t sextant_h5_describe(hid_t object, sextant_h5_object *result) {
  H5O_info_t info;
  herr_t status = H5Oget_info(object, &info);
  if (status < 0) return status;
  result->is_group = info.type == H5O_TYPE_GROUP;
  result->is_dataset = info.type == H5O_TYPE_DATASET;
  result->address = (unsigned long long)info.addr;
  result->attributes = (unsigned long long)info.num_attrs;
  return status;
}

// 0: a hard link to the object whose header is at `*address`, 1: any other kind, negative: an error.
static inline int sextant_h5_link(hid_t group, const char *name, unsigned long long *address) {
  H5L_info_t info;
  if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0) return -1;
  if (info.type != H5L_TYPE_HARD) return 1;
  *address = (unsigned long long)info.u.address;
  return 0;
}
