// arg_max: y = the place of the first greatest x, its row-major index along the reduced axes
// x: up to four axes   y: extent 1 along the reduced ones       layouts may differ
// Variants   arg_max  one work-item per result         the definition
#include "common/reduction.clh"

REDUCTION_EXTREMUM(arg_max, >, (float)position)
