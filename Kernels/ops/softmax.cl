// softmax: y = exp(x - m) / sum of exp(x - m) along an axis, m the maximum along it
// x, y: any shape, seen as up to four axes; layouts may differ
// Variants   softmax_statistics, softmax  one work-item per line for m and the sum, then one per output: the definition
// Work size  softmax_statistics: (elements of a channel, rounded up; rows; channels of s)
//            softmax: (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/reduction.clh"

typedef struct {
  tensor x, y;
  tensor s;   // m and the sums: extent 1 along the axis, plain
  line span;
} softmax_arguments;

__kernel void softmax_statistics(__global const float *restrict input, __global float *restrict maxima,
                                 __global float *restrict sums, const softmax_arguments a) {
  if (!walk_inside(a.s)) return;
  const walk w = walk_element(a.s);
  float greatest = -INFINITY;
  FOR_LINE(a.x, w, a.span) greatest = fmax(greatest, input[at]);
  total t = total_zero();
  FOR_LINE(a.x, w, a.span) t = total_plus(t, exp(input[at] - greatest));
  maxima[w.at] = greatest;
  sums[w.at] = total_value(t);
}

__kernel void softmax(__global const float *restrict input, __global const float *restrict maxima,
                      __global const float *restrict sums, __global float *restrict output,
                      const softmax_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  float y = 0.0f;
  if (!w.is_tail) {
    const int s = tensor_broadcast_at(a.s, w.n, w.c, w.y, w.x);
    y = exp(input[tensor_at(a.x, w.n, w.c, w.y, w.x)] - maxima[s]) / sums[s];
  }
  output[w.at] = y;
}
