// Packed forms of parameters. Whatever lies outside the plain parameter becomes zero.
//   filter_blocks   w[k][c][t] -> [K/16][T][B][16 in][16 out] and 16 zeros. t runs over the taps R*S, c over the channels of
//                   the group of k. B: the blocks of channels that a block of filters reads, the most of all
//   transposed_blocks  w[k][c][t] -> [C/16][T][B][16 k][16 c] and 16 zeros: as filter_blocks of the filters of a gradient,
//                   whose outputs are the channels of all groups
//   depthwise_blocks  w[k][t]  -> [K/16][T][16] and 16 zeros
//   winograd_filters  w[k][c] -> [36][K/16][C/16][16 in][16 out]: G w G^T, see ops/conv2d_winograd.cl
//   matrix_blocks   w[k][c]    -> [K/16][C][16 out]
//   lane_blocks     b[k]       -> [K/16][16]
// Work size  filter_blocks and transposed_blocks: a line of 16 outputs in all taps, and one more item; winograd_filters: a line
//            of 16 outputs; the others: an element of the packed form; rounded up
#include "common/convolution.clh"
#include "common/winograd_points.clh"

typedef struct {
  int filters, channels;   // K, and the channels of one group; of a matrix its rows and columns
  int taps, groups, blocks;
  int is_adjoint;          // Winograd's filters are those of the gradient: c and k exchanged, the taps in reverse order
} packing;

// A line of 16 outputs in all taps; the outputs are the filters, or the channels of all groups.
void pack_line(__global const float *restrict plain, __global float *restrict packed, const packing p,
               const int is_transposed) {
  const int in_group = p.filters / p.groups;
  const int group_outputs = is_transposed ? p.channels : in_group, group_inputs = is_transposed ? in_group : p.channels;
  const int i = (int)get_global_id(0), outputs = group_outputs * p.groups, lines = p.blocks * 16;
  const int block = i / lines, line = i - block * lines;
  if (block > (outputs + 15) / 16 || (block == (outputs + 15) / 16 && line > 0)) return;
  const int is_end = block == (outputs + 15) / 16, taps = is_end ? 1 : p.taps;
  const int input = first_block(block, group_outputs, group_inputs) * 16 + line;
  __global float *to = packed + (block * p.taps * lines + line) * 16;
  for (int lane = 0; lane < 16; ++lane) {
    const int output = block * 16 + lane, group = output / group_outputs, in = input - group * group_inputs;
    const int is_there = output < outputs && in >= 0 && in < group_inputs;
    const int at = is_transposed ? input * p.channels + output - group * group_outputs : output * p.channels + in;
    for (int tap = 0; tap < taps; ++tap) to[tap * lines * 16 + lane] = is_there ? plain[at * p.taps + tap] : 0.0f;
  }
}

__kernel void filter_blocks(__global const float *restrict plain, __global float *restrict packed, const packing p) {
  pack_line(plain, packed, p, 0);
}

__kernel void transposed_blocks(__global const float *restrict plain, __global float *restrict packed, const packing p) {
  pack_line(plain, packed, p, 1);
}

__kernel void depthwise_blocks(__global const float *restrict plain, __global float *restrict packed, const packing p) {
  const int i = (int)get_global_id(0);
  const int floats = (p.filters + 15) / 16 * p.taps * 16;
  if (i >= floats + 16) return;
  const int k = i / 16 / p.taps * 16 + i % 16;
  packed[i] = i < floats && k < p.filters ? plain[k * p.taps + i / 16 % p.taps] : 0.0f;
}

// A number of sixteen filters, each `step` floats behind the one before, zero where there is none.
#define FILTER(lane) from[min(lane, last) * step]
float16 filters_at(__global const float *from, const int step, const int count, const int last) {
  const float16 values =
      (float16)(FILTER(0), FILTER(1), FILTER(2), FILTER(3), FILTER(4), FILTER(5), FILTER(6), FILTER(7),
                FILTER(8), FILTER(9), FILTER(10), FILTER(11), FILTER(12), FILTER(13), FILTER(14), FILTER(15));
  return first_lanes(values, count);
}
#undef FILTER

// The polynomial x + y p + z p^2 at the points 0, 3/4, -3/4, 3/2, -3/2 and infinity: G without its divisors, which are
// applied in the end with one rounding.
void filter_points(const float16 x, const float16 y, const float16 z, float16 *at) {
  const float16 even = fma((float16)A2, z, x), even2 = fma((float16)B2, z, x);
  at[0] = x;
  at[1] = fma((float16)A1, y, even);
  at[2] = fma((float16)-A1, y, even);
  at[3] = fma((float16)B1, y, even2);
  at[4] = fma((float16)-B1, y, even2);
  at[5] = z;
}

__kernel void winograd_filters(__global const float *restrict plain, __global float *restrict packed, const packing p) {
  const int i = (int)get_global_id(0);
  const int lines = (p.channels + 15) / 16 * 16;
  const int plane = (p.filters + 15) / 16 * lines * 16;
  if (i * 16 >= plane) return;
  const int block = i / lines, c = i - block * lines;
  const int k = block * 16, first = min(c, p.channels - 1), last = p.filters - 1 - k;
  const int count = c < p.channels ? last + 1 : 0;
  const int step = p.is_adjoint ? 9 : p.channels * 9;
  __global const float *taps = plain + (p.is_adjoint ? first * p.filters + k : k * p.channels + first) * 9;
  float16 points[18], line[6];
  for (int s = 0; s < 3; ++s) {
    float16 column[3];
    for (int r = 0; r < 3; ++r) {
      const int tap = r * 3 + s;
      column[r] = filters_at(taps + (p.is_adjoint ? 8 - tap : tap), step, count, last);
    }
    filter_points(column[0], column[1], column[2], line);
    for (int r = 0; r < 6; ++r) points[r * 3 + s] = line[r];
  }
  const float divisors[6] = {D0, DA, DA, DB, DB, 1.0f};
  for (int r = 0; r < 6; ++r) {
    filter_points(points[r * 3], points[r * 3 + 1], points[r * 3 + 2], line);
    for (int s = 0; s < 6; ++s) store16(line[s] / (divisors[r] * divisors[s]), i, packed + (r * 6 + s) * plane);
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
