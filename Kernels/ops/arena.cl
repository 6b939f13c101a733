// arena: y[offset + e] = x[e], e counting the elements of x in row-major order, and zeros up to the next tensor
// x: up to four axes, any layout   y: a vector
// Variants   arena  one work-item per element of y that belongs to x: the definition, a launch for each tensor
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
