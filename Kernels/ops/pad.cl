// pad: y[e] = x[e - before] along an axis, zero outside x
// x, y: up to four axes, equal but for that axis
// Variants   pad  one work-item per output             the definition
#include "common/shifting.clh"

SHIFTING(pad)
