#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>

/// One file of `Kernels/`, as bytes in the binary.
struct ckernels_file {
  /// Relative to `Kernels/`.
  const char *path;
  /// `length` bytes, and one zero behind them.
  const unsigned char *bytes;
  size_t length;
};

/// The embedded files, sorted by path; the last entry has no path.
const struct ckernels_file *ckernels_files(void);

#endif
