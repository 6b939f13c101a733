// max_pool_quads: max_pool, 4 channels of a pixel an item. Formula and shapes: ops/max_pool.cl; x and y are blocked.
// Work size  (quads of the pixels of the whole batch, rounded up; blocks of channels)
#include "common/pooling.clh"
#include "common/quads.clh"

__kernel void max_pool_quads(__global const float *restrict input, __global float *restrict output,
                             const pooling_arguments a) {
  const int t = (int)get_global_id(0) / QUADS;
  const int lane = (int)get_global_id(0) % QUADS * 4;
  const int block = (int)get_global_id(1);
  const int size = a.y.height * a.y.width;
  if (t >= a.y.rows * size) return;
  const int row = t / a.y.width;
  const int n = row / a.y.height;
  const int image = (block * a.x.capacity + a.x.first + n) * a.x.height;
  float4 greatest = (float4)(-INFINITY);
  int is_first = 1;
  for (int r = 0; r < a.window.kernel_height; ++r) {
    const int i = window_row(a.window, row - n * a.y.height, r);
    if (i < 0 || i >= a.x.height) continue;
    for (int s = 0; s < a.window.kernel_width; ++s) {
      const int j = window_column(a.window, t - row * a.y.width, s);
      if (j < 0 || j >= a.x.width) continue;
      const float4 value = quad_at(input, ((image + i) * a.x.width + j) * LANES + lane);
      const int4 replaces = isgreater(value, greatest) | (isnan(value) & ~isnan(greatest));
      greatest = is_first ? value : select(greatest, value, replaces);
      is_first = 0;
    }
  }
  quad_store(output, ((block * a.y.capacity + a.y.first) * size + t) * LANES + lane,
             quad_inside(greatest, block * LANES + lane, a.y.channels));
}
