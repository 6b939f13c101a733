// global_average_pool_quads: global_average_pool, 4 channels of an image an item. Formula and shapes:
// ops/global_average_pool.cl; x and y are blocked.
// Work size  (quads of the images, rounded up; blocks of channels)
#include "common/summation.clh"
#include "common/tensor.clh"
#include "common/quads.clh"

typedef struct {
  tensor x, y;
} global_average_pool_arguments;

__kernel void global_average_pool_quads(__global const float *restrict input, __global float *restrict output,
                                        const global_average_pool_arguments a) {
  const int n = (int)get_global_id(0) / QUADS;
  const int lane = (int)get_global_id(0) % QUADS * 4;
  const int block = (int)get_global_id(1);
  if (n >= a.y.rows) return;
  const int size = a.x.height * a.x.width;
  const int image = (block * a.x.capacity + a.x.first + n) * size;
  total4 t = total_zero4();
  for (int i = 0; i < size; ++i) t = total_plus4(t, quad_at(input, (image + i) * LANES + lane));
  quad_store(output, (block * a.y.capacity + a.y.first + n) * LANES + lane, total_value4(t) / (float)size);
}
