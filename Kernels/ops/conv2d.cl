// conv2d: y[n,k,p,q] = b[k] + sum over c,r,s of x[n, c, p*stride + r*dilation - pad, q*stride + s*dilation - pad] * w[k,c,r,s]
// then y = activation(y + residual), gated as common/activations.clh says.  x = 0 outside the image; c runs over the channels
// of the group of k.
// x: N C H W   w: K C/g R S   b: K   y, residual, gate: N K P Q
//
// Variants  conv2d_definition   one work-item per output element; any layout, any geometry
//           conv2d_direct       UW pixels of the batch x NB blocks of 16 filters; blocked, any geometry
//           conv2d_pointwise    as direct for 1x1 filters in one group, without padding
// Algorithms  definition: sum over c, r, s      direct: sum over r, s, c (both fast variants)
//             ops/conv2d_winograd.cl, ops/conv2d_stem.cl, ops/conv2d_depthwise.cl
//
// direct multiplies whole blocks of 16 channels: what is not finite also reaches the other groups of its block.
#include "common/convolution.clh"

#ifndef UW   // pixels per work-item
#define UW 6
#endif
#ifndef NB   // blocks of 16 filters per work-item: UW * NB sums of 16 floats
#define NB 1
#endif

// Work size  (elements of a channel or block of y, rounded up; rows; channels or blocks of y)
__kernel void conv2d_definition(__global const float *restrict input, __global const float *restrict filters,
                                __global const float *restrict bias, __global const float *restrict residual,
                                __global const float *restrict gate, __global float *restrict output,
                                const conv2d_arguments a) {
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
  sum = epilogue_activation(sum, a.end);
  if (a.end.has_gate) sum = epilogue_gate(sum, gate[tensor_at(a.gate, w.n, w.c, w.y, w.x)], a.end);
  output[w.at] = sum;
}

// filters: [K/16][R*S][packed_blocks][16 in][16 out], zero where there is none, and 16 zeros behind the last.
// bias: K rounded up to 16.  first is 0 in every tensor.  NB = 1 where there are groups.
// Work size  (blocks of filters / NB, runs of tiles of UW pixels of the whole batch), groups of one
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void conv2d_direct(__global const float *restrict input, __global const float *restrict filters,
                            __global const float *restrict bias, __global const float *restrict residual,
                            __global const float *restrict gate, __global float *restrict output,
                            const conv2d_arguments a) {
  const int k0 = (int)get_global_id(0) * NB;
  const int pixels = a.y.rows * a.y.height * a.y.width;
  const int out_blocks = (a.y.channels + LANES - 1) / LANES;
  const int packed = a.kernel_height * a.kernel_width * a.packed_blocks * LANES * LANES;
  const int first = first_block(k0, a.filters, a.channels);
  const int end = end_block(k0, a.y.channels, a.filters, a.channels);
  const int plane = a.x.capacity * a.x.height * a.x.width * LANES;
  __global const float *zeros = filters + out_blocks * packed;
  const int is_last = k0 + NB >= out_blocks;
  FOR_TILES(t0, pixels) {
    const int used = min(UW, pixels - t0);

    // Where the window of a pixel begins. A tile behind the last pixel reads that pixel again and does not store.
    int top[UW], left[UW], at[UW];
    batch_pixel at_u = pixel_at(t0, a.y.height, a.y.width);
#pragma unroll
    for (int u = 0; u < UW; ++u) {
      top[u] = at_u.p * a.stride_y - a.pad_y;
      left[u] = at_u.q * a.stride_x - a.pad_x;
      at[u] = (at_u.n * a.x.height + top[u]) * a.x.width + left[u];
      if (u + 1 < used) at_u = pixel_behind(at_u, a.y.height, a.y.width);
    }
    float16 sum[UW][NB];
#pragma unroll
    for (int u = 0; u < UW; ++u)
#pragma unroll
      for (int b = 0; b < NB; ++b) sum[u][b] = (float16)(0.0f);

    int ahead[UW];
    if (is_last) pixels_ahead(ahead, a, t0, UW, pixels);
    for (int r = 0; r < a.kernel_height; ++r)
      for (int s = 0; s < a.kernel_width; ++s) {
        const int fetches = is_last && r < a.stride_y && s < a.stride_x;   // each pixel of x once
        AT_TAP(r * a.dilation_y, s * a.dilation_x, r * a.kernel_width + s)
        for (int block = first; block < end; ++block) {
          const int channels = block_channels(a.x.channels, block);
          NEXT_BLOCK(x)
          if (fetches)
            for (int u = 0; u < UW; ++u) FETCH(pixel[u] + ahead[u]);
          MULTIPLY_BLOCK(sum, x, w, channels)
#pragma unroll
          for (int b = 0; b < NB; ++b) w[b] += LANES * LANES;
        }
      }
    STORE_TILE(sum, k0, t0, used)
  }
}

// filters and bias as for conv2d_direct; a 1x1 filter without padding.
// Work size  as for conv2d_direct
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void conv2d_pointwise(__global const float *restrict input, __global const float *restrict filters,
                               __global const float *restrict bias, __global const float *restrict residual,
                               __global const float *restrict gate, __global float *restrict output,
                               const conv2d_arguments a) {
  const int k0 = (int)get_global_id(0) * NB;
  const int pixels = a.y.rows * a.y.height * a.y.width;
  const int plane = a.x.capacity * a.x.height * a.x.width * LANES;
  const int is_dense = a.stride_y == 1 && a.stride_x == 1;
  const int in_blocks = (a.x.channels + LANES - 1) / LANES;
  const int out_blocks = (a.y.channels + LANES - 1) / LANES;
  const int fetches = k0 + NB >= out_blocks;
  FOR_TILES(t0, pixels) {
    const int used = min(UW, pixels - t0);

    float16 sum[UW][NB];
    __global const float *x[UW];   // a tile behind the last pixel reads that pixel again and does not store
    __global const float *w[NB];
#pragma unroll
    for (int b = 0; b < NB; ++b) w[b] = filters + min(k0 + b, out_blocks - 1) * in_blocks * LANES * LANES;
    batch_pixel at = pixel_at(is_dense ? 0 : t0, a.y.height, a.y.width);
#pragma unroll
    for (int u = 0; u < UW; ++u) {
      const int strided = (at.n * a.x.height + at.p * a.stride_y) * a.x.width + at.q * a.stride_x;
      x[u] = input + (is_dense ? t0 + min(u, used - 1) : strided) * LANES;
      if (u + 1 < used) at = pixel_behind(at, a.y.height, a.y.width);
#pragma unroll
      for (int b = 0; b < NB; ++b) sum[u][b] = (float16)(0.0f);
    }
    int ahead[UW];
    if (fetches) pixels_ahead(ahead, a, t0, UW, pixels);
    for (int block = 0; block < in_blocks; ++block) {
      const int channels = block_channels(a.x.channels, block);
      if (fetches)
        for (int u = 0; u < UW; ++u) FETCH(x[u] + ahead[u]);
      MULTIPLY_BLOCK(sum, x, w, channels)
#pragma unroll
      for (int u = 0; u < UW; ++u) x[u] += plane;
#pragma unroll
      for (int b = 0; b < NB; ++b) w[b] += LANES * LANES;
    }
    STORE_TILE(sum, k0, t0, used)
  }
}
