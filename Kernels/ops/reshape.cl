// reshape: y[e] = x[e], where e counts the elements in row-major order
// x, y: any shape with as many elements; layouts may differ
// Variants   reshape  one work-item per output         the definition
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/tensor.clh"

typedef struct {
  tensor x, y;
} reshape_arguments;

__kernel void reshape(__global const float *restrict input, __global float *restrict output,
                      const reshape_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  float y = 0.0f;
  if (!w.is_tail) {
    const int e = ((w.n * a.y.channels + w.c) * a.y.height + w.y) * a.y.width + w.x;
    const int row = e / a.x.width, plane = row / a.x.height, n = plane / a.x.channels;
    y = input[tensor_at(a.x, n, plane - n * a.x.channels, row - plane * a.x.height, e - row * a.x.width)];
  }
  output[w.at] = y;
}
