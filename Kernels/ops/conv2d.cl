// conv2d: y[n,k,p,q] = b[k] + sum over c,r,s of x[n, c, p*stride + r*dilation - pad, q*stride + s*dilation - pad] * w[k,c,r,s]
// then y = activation(y + residual).  x = 0 outside the image; c runs over the channels of the group of k.
// x: N C H W   w: K C/g R S   b: K   y, residual: N K P Q
//
// Variants  conv2d_definition   one work-item per output element; any layout, any geometry
//           conv2d_direct       UW neighbouring outputs of a row x NB blocks of 16 filters; blocked, one group
//           conv2d_pointwise    as direct for 1x1 filters of stride 1: all pixels of the batch are one row
// Algorithms  definition: sum over c, r, s      direct: sum over blocks of c, r, s, c inside the block (both fast variants)
//             winograd4: ops/conv2d_winograd.cl
#include "common/convolution.clh"

#ifndef UW         // outputs per work-item: 4 or 6 for 8-float vectors, 7, 14 or 28 for 16-float vectors
#define UW 6
#endif
#ifndef NB         // blocks of 16 filters per work-item: UW * NB accumulators of 16 floats
#define NB 1
#endif
#ifndef MAX_SPAN   // input pixels that UW outputs may touch in one row
#define MAX_SPAN 64
#endif

// Work size  (elements of a channel or block of y, rounded up; rows; channels or blocks of y)
__kernel void conv2d_definition(__global const float *restrict input, __global const float *restrict filters,
                                __global const float *restrict bias, __global const float *restrict residual,
                                __global float *restrict output, const conv2d_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  if (w.is_tail) {
    output[w.at] = 0.0f;
    return;
  }
  const int c0 = w.c / a.filters * a.channels;
  float sum = 0.0f;
  for (int c = 0; c < a.channels; ++c)
    for (int r = 0; r < a.kernel_height; ++r) {
      const int i = w.y * a.stride_y + r * a.dilation_y - a.pad_y;
      if (i < 0 || i >= a.x.height) continue;
      for (int s = 0; s < a.kernel_width; ++s) {
        const int j = w.x * a.stride_x + s * a.dilation_x - a.pad_x;
        if (j < 0 || j >= a.x.width) continue;
        sum = fma(input[tensor_at(a.x, w.n, c0 + c, i, j)],
                  filters[((w.c * a.channels + c) * a.kernel_height + r) * a.kernel_width + s], sum);
      }
    }
  if (a.has_bias) sum += bias[w.c];
  if (a.end.has_residual) sum += residual[tensor_at(a.residual, w.n, w.c, w.y, w.x)];
  output[w.at] = epilogue_activation(sum, a.end);
}

// filters: [K/16][C/16][R*S][16 in][16 out], zero where there is none;  bias: K rounded up to 16.
// first is 0 in every tensor.
// Work size  (tiles of UW outputs in a row, N * P, blocks of filters / NB), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void conv2d_direct(__global const float *restrict input, __global const float *restrict filters,
                            __global const float *restrict bias, __global const float *restrict residual,
                            __global float *restrict output, const conv2d_arguments a) {
  const int q0 = (int)get_global_id(0) * UW;
  const int n = (int)get_global_id(1) / a.y.height;
  const int p = (int)get_global_id(1) - n * a.y.height;
  const int k0 = (int)get_global_id(2) * NB;
  const int in_blocks = (a.x.channels + LANES - 1) / LANES;
  const int out_blocks = (a.y.channels + LANES - 1) / LANES;
  const int taps = a.kernel_height * a.kernel_width;
  const int used = min(UW, a.y.width - q0);
  const int span = (UW - 1) * a.stride_x + (a.kernel_width - 1) * a.dilation_x + 1;
  const int j0 = q0 * a.stride_x - a.pad_x;
  const int step = a.stride_x * LANES;

  float16 sum[UW][NB];
#pragma unroll
  for (int u = 0; u < UW; ++u)
#pragma unroll
    for (int b = 0; b < NB; ++b) sum[u][b] = (float16)(0.0f);

  float row[MAX_SPAN * LANES];
  for (int cb = 0; cb < in_blocks; ++cb) {
    const int channels = block_channels(a.x.channels, cb);
    for (int r = 0; r < a.kernel_height; ++r) {
      const int i = p * a.stride_y + r * a.dilation_y - a.pad_y;
      if (i < 0 || i >= a.x.height) continue;
      __global const float *x = input + ((cb * a.x.capacity + n) * a.x.height + i) * a.x.width * LANES;
      for (int j = 0; j < span; ++j) {
        const int inside = j0 + j >= 0 && j0 + j < a.x.width;
        vstore16(inside ? vload16(j0 + j, x) : (float16)(0.0f), j, row);
      }
      for (int s = 0; s < a.kernel_width; ++s) {
        const float *tap = row + s * a.dilation_x * LANES;
        __global const float *w = filters + (((k0 * in_blocks + cb) * taps) + r * a.kernel_width + s) * LANES * LANES;
        const int next = in_blocks * taps * LANES * LANES;
        for (int c = 0; c < channels; c += 4) {
#pragma unroll
          for (int d = 0; d < 4; ++d) {
            float16 weight[NB];
#pragma unroll
            for (int b = 0; b < NB; ++b) weight[b] = vload16(c + d, w + b * next);
#pragma unroll
            for (int u = 0; u < UW; ++u)
#pragma unroll
              for (int b = 0; b < NB; ++b) sum[u][b] = fma((float16)(tap[u * step + c + d]), weight[b], sum[u][b]);
          }
        }
      }
    }
  }
#pragma unroll
  for (int u = 0; u < UW; ++u)
#pragma unroll
    for (int b = 0; b < NB; ++b)
      if (u < used && k0 + b < out_blocks)
        store_block(bias, residual, output, a, sum[u][b], k0 + b, (n * a.y.height + p) * a.y.width + q0 + u);
}

// filters and bias as for conv2d_direct; a 1x1 filter of stride 1 without padding.
// Work size  (tiles of UW pixels of the whole batch, blocks of filters / NB), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void conv2d_pointwise(__global const float *restrict input, __global const float *restrict filters,
                               __global const float *restrict bias, __global const float *restrict residual,
                               __global float *restrict output, const conv2d_arguments a) {
  const int size = a.y.height * a.y.width;
  const int pixels = a.y.rows * size;
  const int t0 = (int)get_global_id(0) * UW;
  const int used = min(UW, pixels - t0);
  const int k0 = (int)get_global_id(1) * NB;
  const int in_blocks = (a.x.channels + LANES - 1) / LANES;
  const int out_blocks = (a.y.channels + LANES - 1) / LANES;
  const int next = in_blocks * LANES * LANES;

  float16 sum[UW][NB];
#pragma unroll
  for (int u = 0; u < UW; ++u)
#pragma unroll
    for (int b = 0; b < NB; ++b) sum[u][b] = (float16)(0.0f);

  int at[UW];   // a tile behind the last pixel reads that pixel again and does not store
#pragma unroll
  for (int u = 0; u < UW; ++u) at[u] = min(u, used - 1) * LANES;
  for (int cb = 0; cb < in_blocks; ++cb) {
    const int channels = block_channels(a.x.channels, cb);
    __global const float *x = input + (cb * a.x.capacity * size + t0) * LANES;
    __global const float *w = filters + (k0 * in_blocks + cb) * LANES * LANES;
    for (int c = 0; c < channels; c += 4) {
#pragma unroll
      for (int d = 0; d < 4; ++d) {
        float16 weight[NB];
#pragma unroll
        for (int b = 0; b < NB; ++b) weight[b] = vload16(c + d, w + b * next);
#pragma unroll
        for (int u = 0; u < UW; ++u)
#pragma unroll
          for (int b = 0; b < NB; ++b) sum[u][b] = fma((float16)(x[at[u] + c + d]), weight[b], sum[u][b]);
      }
    }
  }
#pragma unroll
  for (int u = 0; u < UW; ++u)
#pragma unroll
    for (int b = 0; b < NB; ++b)
      if (u < used && k0 + b < out_blocks) store_block(bias, residual, output, a, sum[u][b], k0 + b, t0 + u);
}
