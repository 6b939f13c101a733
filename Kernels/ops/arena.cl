// arena: y[offset + e] = x[e], e counting the elements of x in row-major order, and zeros up to the next tensor
// x: up to four axes, any layout   y: a vector
// Variants   arena         one work-item per element of y that belongs to x: the definition, a launch for each tensor
//            arena_copies  2048 elements of one of up to eight plain tensors
//            arena_blocks  one work-item per row and block of 16 channels of a blocked x
// Work size  elements of x and the zeros behind them, rounded up
#include "common/tensor.clh"

typedef struct {
  tensor x;
  int offset, count;   // where x begins in y, and elements up to the next tensor
} arena_arguments;

__kernel void arena(__global const float *restrict input, __global float *restrict output, const arena_arguments a) {
  const int e = (int)get_global_id(0);
  if (e >= a.count) return;
  const int row = e / a.x.width, plane = row / a.x.height, n = plane / a.x.channels;
  float y = 0.0f;
  if (n < a.x.rows)
    y = input[tensor_at(a.x, n, plane - n * a.x.channels, row - plane * a.x.height, e - row * a.x.width)];
  output[a.offset + e] = y;
}

#define COPIES 8

typedef struct {
  int count[COPIES];                  // the elements of a tensor
  int offset[COPIES], room[COPIES];   // where it begins in y, and elements up to the next tensor
} arena_copies_arguments;

// Work size  (runs of 2048 elements of the largest tensor, tensors)
__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void arena_copies(__global const float *x0, __global const float *x1, __global const float *x2,
                           __global const float *x3, __global const float *x4, __global const float *x5,
                           __global const float *x6, __global const float *x7, __global float *restrict output,
                           const arena_copies_arguments a) {
  __global const float *const tensors[COPIES] = {x0, x1, x2, x3, x4, x5, x6, x7};
  const int which = (int)get_global_id(1), begin = (int)get_global_id(0) * SPAN;
  const int end = min(begin + SPAN, a.room[which]), copied = min(end, a.count[which]);
  __global const float *from = tensors[which];
  __global float *to = output + a.offset[which];
  int e = begin;
  for (; e < copied; ++e) to[e] = from[e];
  for (; e < end; ++e) to[e] = 0.0f;
}

// Work size  rows times blocks of x, rounded up
__kernel void arena_blocks(__global const float *restrict input, __global float *restrict output, const arena_arguments a) {
  const int i = (int)get_global_id(0), blocks = (a.x.channels + LANES - 1) / LANES;
  const int n = i / blocks, block = i - n * blocks, area = a.x.height * a.x.width;
  if (n >= a.x.rows) return;
  __global const float *from = input + tensor_at(a.x, n, block * LANES, 0, 0);
  __global float *to = output + a.offset + (n * a.x.channels + block * LANES) * area;
  const int lanes = min(LANES, a.x.channels - block * LANES);
  for (int lane = 0; lane < lanes; ++lane) {
    for (int at = 0; at < area; ++at) to[lane * area + at] = from[at * LANES + lane];
  }
  if (n + 1 < a.x.rows || block + 1 < blocks) return;
  for (int e = a.x.rows * a.x.channels * area; e < a.count; ++e) output[a.offset + e] = 0.0f;
}
