// gaussian_blur_quads: gaussian_blur, 4 channels of a pixel an item. Formula and shapes: ops/gaussian_blur.cl; x and y are
// blocked.
// Work size  (quads of the pixels of the whole batch, rounded up; blocks of channels)
#include "common/blurring.clh"
#include "common/quads.clh"

__kernel void gaussian_blur_quads(__global const float *restrict input, __global float *restrict output,
                                  __global const float *restrict weights, const blurring_arguments a) {
  const int t = (int)get_global_id(0) / QUADS;
  const int lane = (int)get_global_id(0) % QUADS * 4;
  const int block = (int)get_global_id(1);
  const int size = a.y.height * a.y.width;
  if (t >= a.y.rows * size) return;
  const int row = t / a.y.width;
  const int n = row / a.y.height;
  const int i = row - n * a.y.height, j = t - row * a.y.width;
  __global const float *x = input + (block * a.x.capacity + a.x.first + n) * size * LANES + lane;
  const int radius = a.size / 2;
  float4 sum = (float4)(0.0f);
  for (int tap = 0; tap < a.size; ++tap) {
    const int y = a.is_rows ? i : blurring_mirror(i + tap - radius, a.x.height);
    const int z = a.is_rows ? blurring_mirror(j + tap - radius, a.x.width) : j;
    sum = fma((float4)(weights[tap]), quad_at(x, (y * a.x.width + z) * LANES), sum);
  }
  quad_store(output, ((block * a.y.capacity + a.y.first) * size + t) * LANES + lane, sum);
}
