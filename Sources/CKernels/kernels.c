#include "ckernels.h"

// `#embed` is C23; the manifest leaves the language standard to the compiler.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const struct ckernels_file files[] = {
#include "kernels.def"
    {NULL, NULL, 0},
};

const struct ckernels_file *ckernels_files(void) {
  return files;
}
