// average_pool_quads: average_pool, 4 channels of a pixel an item. Formula and shapes: ops/average_pool.cl; x and y are
// blocked.
// Work size  (quads of the pixels of the whole batch, rounded up; blocks of channels)
#include "common/pooling.clh"
#include "common/quads.clh"

__kernel void average_pool_quads(__global const float *restrict input, __global float *restrict output,
                                 const pooling_arguments a) {
  const int t = (int)get_global_id(0) / QUADS;
  const int lane = (int)get_global_id(0) % QUADS * 4;
  const int block = (int)get_global_id(1);
  const int size = a.y.height * a.y.width;
  if (t >= a.y.rows * size) return;
  const int row = t / a.y.width;
  const int n = row / a.y.height;
  const int p = row - n * a.y.height, q = t - row * a.y.width;
  const int image = (block * a.x.capacity + a.x.first + n) * a.x.height;
  float4 sum = (float4)(0.0f);
  for (int r = 0; r < a.window.kernel_height; ++r) {
    const int i = window_row(a.window, p, r);
    if (i < 0 || i >= a.x.height) continue;
    for (int s = 0; s < a.window.kernel_width; ++s) {
      const int j = window_column(a.window, q, s);
      if (j < 0 || j >= a.x.width) continue;
      sum += quad_at(input, ((image + i) * a.x.width + j) * LANES + lane);
    }
  }
  const float4 y = sum / pooling_divisor(a.window, a.x.height, a.x.width, a.counts_padding, p, q);
  quad_store(output, ((block * a.y.capacity + a.y.first) * size + t) * LANES + lane,
             quad_inside(y, block * LANES + lane, a.y.channels));
}
