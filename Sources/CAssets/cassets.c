#include "cassets.h"

// `#embed` is C23; the manifest leaves the language standard to the compiler.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const struct cassets_file files[] = {
#include "assets.def"
    {NULL, NULL, 0},
};

const struct cassets_file *cassets_files(void) {
  return files;
}
