// slice: y[e] = x[e + lower] along an axis
// x, y: up to four axes, equal but for that axis
// Variants   slice  one work-item per output           the definition
#include "common/shifting.clh"

SHIFTING(slice)
