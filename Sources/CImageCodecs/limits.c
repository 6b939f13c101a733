#include "limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int cimage_check_size(uint64_t width, uint64_t height, const cimage_limits *limits, char *message) {
  if (width == 0 || height == 0) {
    snprintf(message, CIMAGE_MESSAGE_SIZE, "has no pixels");
    return CIMAGE_DAMAGED;
  }
  if (width > limits->side_max || height > limits->side_max) {
    snprintf(message, CIMAGE_MESSAGE_SIZE,
             "%" PRIu64 "x%" PRIu64 " is more than %" PRIu32 " pixels a side", width, height,
             limits->side_max);
    return CIMAGE_TOO_LARGE;
  }
  // Both sides fit 32 bits, so the product fits 64.
  if (width * height > limits->pixel_count_max) {
    snprintf(message, CIMAGE_MESSAGE_SIZE,
             "%" PRIu64 "x%" PRIu64 " is more than %" PRIu64 " pixels", width, height,
             limits->pixel_count_max);
    return CIMAGE_TOO_LARGE;
  }
  return CIMAGE_OK;
}

void cimage_free(void *memory) { free(memory); }
