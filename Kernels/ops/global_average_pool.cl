// global_average_pool: y[n,c] = (1 / (H * W)) * sum over i,j of x[n,c,i,j]
// x: N C H W   y: N C 1 1       layouts may differ
// Variants   global_average_pool  one work-item per result         the definition
//            global_average_pool_lanes  16 channels; blocked
#include "common/lanes.clh"
#include "common/reduction.clh"

REDUCTION_SUM(global_average_pool, sum / count)

// Work size  (rows, blocks of channels), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void global_average_pool_lanes(__global const float *restrict input, __global float *restrict output,
                                        const reduction_arguments a) {
  const int n = (int)get_global_id(0), block = (int)get_global_id(1);
  const int pixels = a.x.height * a.x.width;
  __global const float *x = input + lanes_at(a.x, n, block);
  total16 t = total_zero16();
  for (int at = 0; at < pixels; ++at) t = total_plus16(t, vload16(at, x));
  store16(total_value16(t) / (float)pixels, 0, output + lanes_at(a.y, n, block));
}
