// What the codecs have in common; not part of the interface.
#ifndef CIMAGECODECS_LIMITS_H
#define CIMAGECODECS_LIMITS_H

#include "cimagecodecs.h"

/// Checks a size against the limits; on failure writes the message. Returns a status.
int cimage_check_size(uint64_t width, uint64_t height, const cimage_limits *limits, char *message);

#endif
