// conv2d_weight_gradient_stem: the gradient by the filters of pictures of fewer than 16 channels, which are plain: 16 filters at a
// time, in place of blocks of channels that would mostly be zeros. Formula and shapes: ops/conv2d_weight_gradient.cl.
//
// Three kernels:
//   stem_pad              the pictures between the zeros of their padding, see ops/conv2d_stem.cl
//   stem_gradient_share   partial[share][K/16][C*R*S][16] over some rows of every dy
//   stem_gradient_sum     dw = the sum of the shares
//
// Algorithm stem: the sum of each row of dy, the rows of a share in order, the shares in order. One group; dy is blocked.
#include "common/lanes.clh"
#include "common/window.clh"

#ifndef TAPS_X   // the width of the filters
#define TAPS_X 3
#endif
#ifndef TAPS_Y   // rows of a filter whose sums are in registers at a time; divides their number
#define TAPS_Y 1
#endif

typedef struct {
  tensor x, dy, dw;
  window window;
  int height, width;   // of the padded image
  int shares;
} stem_weight_arguments;

// Work size  (blocks of filters, shares), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void stem_gradient_share(__global const float *restrict padded, __global const float *restrict upstream,
                                  __global float *restrict partial, const stem_weight_arguments a) {
  const int k = (int)get_global_id(0), share = (int)get_global_id(1);
  const int blocks = (a.dy.channels + LANES - 1) / LANES;
  const int terms = a.x.channels * a.window.kernel_height * TAPS_X;
  const int begin = share * a.dy.height / a.shares, end = (share + 1) * a.dy.height / a.shares;
  __global float *sums = partial + (share * blocks + k) * terms * LANES;
  for (int i = 0; i < terms; ++i) store16((float16)(0.0f), i, sums);
  for (int n = 0; n < a.dy.rows; ++n)
    for (int p = begin; p < end; ++p) {
      __global const float *row = upstream + lanes_at(a.dy, n, k) + p * a.dy.width * LANES;
      for (int line = 0; line < a.x.channels * a.window.kernel_height; line += TAPS_Y) {
        const int c = line / a.window.kernel_height, r = line - c * a.window.kernel_height;
        const int first = p * a.window.stride_height + r * a.window.dilation_height;
        __global const float *x = padded + ((n * a.x.channels + c) * a.height + first) * a.width;
        float16 sum[TAPS_Y][TAPS_X];
#pragma unroll
        for (int y = 0; y < TAPS_Y; ++y)
#pragma unroll
          for (int s = 0; s < TAPS_X; ++s) sum[y][s] = (float16)(0.0f);
        for (int q = 0; q < a.dy.width; ++q) {
          const float16 value = vload16(q, row);
#pragma unroll
          for (int y = 0; y < TAPS_Y; ++y)
#pragma unroll
            for (int s = 0; s < TAPS_X; ++s) {
              const int at = y * a.window.dilation_height * a.width + s * a.window.dilation_width;
              sum[y][s] = fma((float16)(x[at]), value, sum[y][s]);
            }
          x += a.window.stride_width;
        }
#pragma unroll
        for (int y = 0; y < TAPS_Y; ++y)
#pragma unroll
          for (int s = 0; s < TAPS_X; ++s) {
            const int term = (line + y) * TAPS_X + s;
            store16(vload16(term, sums) + sum[y][s], term, sums);
          }
      }
    }
}

// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of dw)
__kernel void stem_gradient_sum(__global const float *restrict partial, __global float *restrict output,
                                const stem_weight_arguments a) {
  if (!walk_inside(a.dw)) return;
  const walk w = walk_element(a.dw);
  if (w.is_tail) {
    output[w.at] = 0.0f;
    return;
  }
  const int blocks = (a.dy.channels + LANES - 1) / LANES;
  const int terms = a.dw.channels * a.dw.height * a.dw.width;
  const int term = (w.c * a.dw.height + w.y) * a.dw.width + w.x;
  float sum = 0.0f;
  for (int share = 0; share < a.shares; ++share)
    sum += partial[((share * blocks + w.n / LANES) * terms + term) * LANES + w.n % LANES];
  output[w.at] = sum;
}
