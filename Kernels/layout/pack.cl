// Packed forms of parameters. Whatever lies outside the plain parameter becomes zero.
//   filter_blocks   w[k][c][t] -> [K/16][T][B][16 in][16 out] and 16 zeros. t runs over the taps R*S, c over the channels of
//                   the group of k. B: the blocks of channels that a block of filters reads, the most of all
//   transposed_blocks  w[k][c][t] -> [C/16][T][B][16 k][16 c] and 16 zeros: as filter_blocks of the filters of a gradient,
//                   whose outputs are the channels of all groups
//   depthwise_blocks  w[k][t]  -> [K/16][T][16] and 16 zeros
//   winograd_filters  w[k][c] -> [36][K/16][C/16][16 in][16 out]: G w G^T, see ops/conv2d_winograd.cl; one item a filter k, c
//   matrix_blocks   w[k][c]    -> [K/16][C][16 out]
//   lane_blocks     b[k]       -> [K/16][16]
// Work size  one item an element of the packed form, rounded up
#include "common/convolution.clh"

typedef struct {
  int filters, channels;   // K, and the channels of one group; of a matrix its rows and columns
  int taps, groups, blocks;
  int is_adjoint;          // Winograd's filters are those of the gradient: c and k exchanged, the taps in reverse order
} packing;

__kernel void filter_blocks(__global const float *restrict plain, __global float *restrict packed, const packing p) {
  const int i = (int)get_global_id(0);
  const int floats = (p.filters + 15) / 16 * p.taps * p.blocks * 256;
  if (i >= floats + 16) return;
  const int tap = i / 256 / p.blocks % p.taps;
  const int block = i / 256 / p.blocks / p.taps;
  const int k = block * 16 + i % 16;
  const int in_group = p.filters / p.groups;
  const int c = (first_block(block, in_group, p.channels) + i / 256 % p.blocks) * 16 + i / 16 % 16 - k / in_group * p.channels;
  packed[i] = i < floats && k < p.filters && c >= 0 && c < p.channels ? plain[(k * p.channels + c) * p.taps + tap] : 0.0f;
}

__kernel void transposed_blocks(__global const float *restrict plain, __global float *restrict packed, const packing p) {
  const int i = (int)get_global_id(0);
  const int outputs = p.channels * p.groups;
  const int floats = (outputs + 15) / 16 * p.taps * p.blocks * 256;
  if (i >= floats + 16) return;
  const int tap = i / 256 / p.blocks % p.taps;
  const int block = i / 256 / p.blocks / p.taps;
  const int c = block * 16 + i % 16;
  const int in_group = p.filters / p.groups;
  const int group = c / p.channels;
  const int k = (first_block(block, p.channels, in_group) + i / 256 % p.blocks) * 16 + i / 16 % 16;
  const int is_there = i < floats && c < outputs && k >= group * in_group && k < (group + 1) * in_group;
  packed[i] = is_there ? plain[(k * p.channels + c - group * p.channels) * p.taps + tap] : 0.0f;
}

__kernel void depthwise_blocks(__global const float *restrict plain, __global float *restrict packed, const packing p) {
  const int i = (int)get_global_id(0);
  const int floats = (p.filters + 15) / 16 * p.taps * 16;
  if (i >= floats + 16) return;
  const int k = i / 16 / p.taps * 16 + i % 16;
  packed[i] = i < floats && k < p.filters ? plain[k * p.taps + i / 16 % p.taps] : 0.0f;
}

// A weight of a 3x3 filter, zero where there is none.
float weight_at(__global const float *plain, const packing p, const int k, const int c, const int tap) {
  if (k >= p.filters || c >= p.channels) return 0.0f;
  return p.is_adjoint ? plain[(c * p.filters + k) * 9 + 8 - tap] : plain[(k * p.channels + c) * 9 + tap];
}

// The polynomial x + y p + z p^2 at the points 0, 3/4, -3/4, 3/2, -3/2 and infinity: G without its divisors, which are
// applied in the end with one rounding.
void filter_points(const float x, const float y, const float z, float *at) {
  const float even = fma(0.5625f, z, x), even2 = fma(2.25f, z, x);
  at[0] = x;
  at[1] = fma(0.75f, y, even);
  at[2] = fma(-0.75f, y, even);
  at[3] = fma(1.5f, y, even2);
  at[4] = fma(-1.5f, y, even2);
  at[5] = z;
}

__kernel void winograd_filters(__global const float *restrict plain, __global float *restrict packed, const packing p) {
  const int i = (int)get_global_id(0);
  const int in_blocks = (p.channels + 15) / 16;
  const int out_blocks = (p.filters + 15) / 16;
  const int plane = out_blocks * in_blocks * 256;
  if (i >= plane) return;
  const int block = i / 256;
  const int k = block / in_blocks * 16 + i % 16;
  const int c = block % in_blocks * 16 + i / 16 % 16;
  float points[18], line[6];
  for (int s = 0; s < 3; ++s) {
    filter_points(weight_at(plain, p, k, c, s), weight_at(plain, p, k, c, 3 + s), weight_at(plain, p, k, c, 6 + s), line);
    for (int r = 0; r < 6; ++r) points[r * 3 + s] = line[r];
  }
  // The products of the differences of a point from the others; exact in binary, and so are their products.
  const float divisors[6] = {1.265625f, -1.8984375f, -1.8984375f, 7.59375f, 7.59375f, 1.0f};
  for (int r = 0; r < 6; ++r) {
    filter_points(points[r * 3], points[r * 3 + 1], points[r * 3 + 2], line);
    for (int s = 0; s < 6; ++s) packed[(r * 6 + s) * plane + i] = line[s] / (divisors[r] * divisors[s]);
  }
}

__kernel void matrix_blocks(__global const float *restrict plain, __global float *restrict packed, const packing p) {
  const int i = (int)get_global_id(0);
  if (i >= (p.filters + 15) / 16 * p.channels * 16) return;
  const int k = i / 16 / p.channels * 16 + i % 16;
  const int c = i / 16 % p.channels;
  packed[i] = k < p.filters ? plain[k * p.channels + c] : 0.0f;
}

__kernel void lane_blocks(__global const float *restrict plain, __global float *restrict packed, const packing p) {
  const int i = (int)get_global_id(0);
  if (i >= (p.filters + 15) / 16 * 16) return;
  packed[i] = i < p.filters ? plain[i] : 0.0f;
}
