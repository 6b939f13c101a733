// conv2d_weight_gradient: dw[k,c,r,s] = sum over n,p,q of dy[n,k,p,q] * x[n, c, p*stride + r*dilation - padding, ...]
//   c counts from the first channel of the group of k; x is zero outside the image
// x: N C H W   dy: N K P Q   dw: K C/g R S
// Variants   conv2d_weight_gradient         one work-item per output    the definition; never deleted
//            conv2d_weight_gradient_blocks  NB blocks of 16 filters x NB of 16 channels; x and dy blocked, one group
// Algorithms  definition: exact sums of rows      blocks: the sum of each row, then of the rows in order
// Work size of the definition  (elements of a channel or block, rounded up; rows; channels or blocks of dw)
#include "common/summation.clh"
#include "common/weight_sums.clh"
#include "common/window.clh"

typedef struct {
  tensor x, dy, dw;
  window window;
} conv2d_weight_gradient_arguments;

__kernel void conv2d_weight_gradient(__global const float *restrict input, __global const float *restrict upstream,
                                     __global float *restrict output, const conv2d_weight_gradient_arguments a) {
  if (!walk_inside(a.dw)) return;
  const walk w = walk_element(a.dw);
  if (w.is_tail) {
    output[w.at] = 0.0f;
    return;
  }
  const int k = w.n;
  const int filters = a.dw.rows / (a.x.channels / a.dw.channels);
  const int c = k / filters * a.dw.channels + w.c;
  total t = total_zero();
  for (int n = 0; n < a.dy.rows; ++n) {
    for (int p = 0; p < a.dy.height; ++p) {
      const int i = window_row(a.window, p, w.y);
      if (i < 0 || i >= a.x.height) continue;
      float sum = 0.0f;
      for (int q = 0; q < a.dy.width; ++q) {
        const int j = window_column(a.window, q, w.x);
        if (j < 0 || j >= a.x.width) continue;
        sum = fma(upstream[tensor_at(a.dy, n, k, p, q)], input[tensor_at(a.x, n, c, i, j)], sum);
      }
      t = total_plus(t, sum);
    }
  }
  output[w.at] = total_value(t);
}

#ifndef TAPS   // R * S
#define TAPS 9
#endif
#ifndef NB     // blocks of filters and of channels per work-item: NB * NB * TAPS * 256 sums in private memory
#define NB 1
#endif

// The first window along an axis whose tap at `offset` (its place in window 0) is not before the image, and the first one
// whose tap is behind it.
int first_window(const int offset, const int stride) { return offset < 0 ? (stride - 1 - offset) / stride : 0; }

int end_window(const int offset, const int stride, const int extent, const int count) {
  return offset >= extent ? 0 : min(count, (extent - 1 - offset) / stride + 1);
}

// Work size  (blocks of filters / NB, blocks of channels / NB), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void conv2d_weight_gradient_blocks(__global const float *restrict input, __global const float *restrict upstream,
                                            __global float *restrict output, const conv2d_weight_gradient_arguments a) {
  const int k0 = (int)get_global_id(0) * NB, c0 = (int)get_global_id(1) * NB;
  const int filter_blocks = min(NB, (a.dy.channels + LANES - 1) / LANES - k0);
  const int channel_blocks = min(NB, (a.x.channels + LANES - 1) / LANES - c0);
  float sums[NB * NB * TAPS * LANES * LANES];
  for (int i = 0; i < NB * NB * TAPS * LANES; ++i) vstore16((float16)(0.0f), i, sums);
  for (int n = 0; n < a.dy.rows; ++n)
    for (int p = 0; p < a.dy.height; ++p)
      for (int tap = 0; tap < TAPS; ++tap) {
        const int r = tap / a.window.kernel_width, s = tap - r * a.window.kernel_width;
        const int i = window_row(a.window, p, r), offset = window_column(a.window, 0, s);
        if (i < 0 || i >= a.x.height) continue;
        const int q0 = first_window(offset, a.window.stride_width);
        const int q1 = end_window(offset, a.window.stride_width, a.x.width, a.dy.width);
        for (int b = 0; b < filter_blocks; ++b)
          for (int c = 0; c < channel_blocks; ++c)
            add_products(input + lanes_at(a.x, n, c0 + c) + (i * a.x.width + offset + q0 * a.window.stride_width) * LANES,
                         upstream + lanes_at(a.dy, n, k0 + b) + (p * a.dy.width + q0) * LANES, q1 - q0,
                         a.window.stride_width * LANES, sums + ((b * NB + c) * TAPS + tap) * LANES * LANES);
      }
  for (int b = 0; b < filter_blocks; ++b)
    for (int c = 0; c < channel_blocks; ++c)
      for (int tap = 0; tap < TAPS; ++tap)
        for (int k = 0; k < min(LANES, a.dw.rows - (k0 + b) * LANES); ++k)
          store_tap(vload16(k, sums + ((b * NB + c) * TAPS + tap) * LANES * LANES), a.dw, (k0 + b) * LANES + k, c0 + c, tap,
                    TAPS, output);
}
