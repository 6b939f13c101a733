// resize_bilinear: y[n,c,p,q] = x between rows i0, i1 and columns j0, j1: first along the columns, then along the rows,
//   each time a + t * (b - a), which keeps a constant map constant to the last bit
// x: N C h w   y: N C H W   rows: H 3   columns: W 3       layouts may differ
// Variants   resize_bilinear        one work-item per output     the definition; never deleted
//            resize_bilinear_rows   one row of outputs; plain
// Work size of the definition  (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/resizing.clh"
#include "common/tensor.clh"

typedef struct {
  tensor x, y;
} resize_bilinear_arguments;

__kernel void resize_bilinear(__global const float *restrict input, __global float *restrict output,
                              __global const float *restrict rows, __global const float *restrict columns,
                              const resize_bilinear_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  float y = 0.0f;
  if (!w.is_tail) {
    const resizing i = resizing_at(rows, w.y), j = resizing_at(columns, w.x);
    const float a0 = input[tensor_at(a.x, w.n, w.c, i.first, j.first)];
    const float b0 = input[tensor_at(a.x, w.n, w.c, i.first, j.second)];
    const float a1 = input[tensor_at(a.x, w.n, w.c, i.second, j.first)];
    const float b1 = input[tensor_at(a.x, w.n, w.c, i.second, j.second)];
    const float upper = fma(j.weight, b0 - a0, a0);
    const float lower = fma(j.weight, b1 - a1, a1);
    y = fma(i.weight, lower - upper, upper);
  }
  output[w.at] = y;
}

// Work size  (rows of pixels of y, rows, channels), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void resize_bilinear_rows(__global const float *restrict input, __global float *restrict output,
                                    __global const float *restrict rows, __global const float *restrict columns,
                                    const resize_bilinear_arguments a) {
  const int p = (int)get_global_id(0), n = (int)get_global_id(1), c = (int)get_global_id(2);
  const resizing i = resizing_at(rows, p);
  __global const float *restrict upper = input + tensor_at(a.x, n, c, i.first, 0);
  __global const float *restrict lower = input + tensor_at(a.x, n, c, i.second, 0);
  __global float *restrict y = output + tensor_at(a.y, n, c, p, 0);
  for (int q = 0; q < a.y.width; ++q) {
    const resizing j = resizing_at(columns, q);
    const float u = fma(j.weight, upper[j.second] - upper[j.first], upper[j.first]);
    const float l = fma(j.weight, lower[j.second] - lower[j.first], lower[j.first]);
    y[q] = fma(i.weight, l - u, u);
  }
}
