// resize_bilinear_quads: resize_bilinear, 4 channels of a pixel an item. Formula, shapes and tables:
// ops/resize_bilinear.cl; x and y are blocked.
// Work size  (quads of the pixels of the whole batch, rounded up; blocks of channels)
#include "common/resizing.clh"
#include "common/tensor.clh"
#include "common/quads.clh"

typedef struct {
  tensor x, y;
} resize_bilinear_arguments;

__kernel void resize_bilinear_quads(__global const float *restrict input, __global float *restrict output,
                                    __global const float *restrict rows, __global const float *restrict columns,
                                    const resize_bilinear_arguments a) {
  const int t = (int)get_global_id(0) / QUADS;
  const int lane = (int)get_global_id(0) % QUADS * 4;
  const int block = (int)get_global_id(1);
  const int size = a.y.height * a.y.width;
  if (t >= a.y.rows * size) return;
  const int row = t / a.y.width;
  const int n = row / a.y.height;
  const resizing i = resizing_at(rows, row - n * a.y.height), j = resizing_at(columns, t - row * a.y.width);
  const int image = (block * a.x.capacity + a.x.first + n) * a.x.height;
  __global const float *x0 = input + (image + i.first) * a.x.width * LANES + lane;
  __global const float *x1 = input + (image + i.second) * a.x.width * LANES + lane;
  const float4 a0 = quad_at(x0, j.first * LANES), b0 = quad_at(x0, j.second * LANES);
  const float4 a1 = quad_at(x1, j.first * LANES), b1 = quad_at(x1, j.second * LANES);
  const float4 upper = fma((float4)(j.weight), b0 - a0, a0);
  const float4 lower = fma((float4)(j.weight), b1 - a1, a1);
  quad_store(output, ((block * a.y.capacity + a.y.first) * size + t) * LANES + lane,
             fma((float4)(i.weight), lower - upper, upper));
}
