#ifndef CASSETS_H
#define CASSETS_H

#include <stddef.h>

/// One file of `Assets/`, as bytes in the binary.
struct cassets_file {
  /// Relative to `Assets/`.
  const char *path;
  /// `length` bytes, and one zero behind them.
  const unsigned char *bytes;
  size_t length;
};

/// The embedded files, sorted by path; the last entry has no path.
const struct cassets_file *cassets_files(void);

#endif
