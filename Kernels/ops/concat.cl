// concat: y = x[0], x[1], ..., x[n-1], one behind the other along an axis
// x, y: up to four axes, equal but for that axis; layouts may differ
// Variants   concat  one work-item per element of x    the definition: a launch for each input
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of x)
#include "common/tensor.clh"

typedef struct {
  tensor x, y;
  int rows, channels, height, width;   // where x starts in y
} concat_arguments;

__kernel void concat(__global const float *restrict input, __global float *restrict output, const concat_arguments a) {
  if (!walk_inside(a.x)) return;
  const walk w = walk_element(a.x);
  if (w.is_tail) return;
  const int c = w.c + a.channels;
  const int at = tensor_at(a.y, w.n + a.rows, c, w.y + a.height, w.x + a.width);
  output[at] = input[w.at];
  // Whoever writes the last channel also writes the tail lanes behind it.
  if (a.y.blocked && c == a.y.channels - 1) {
    for (int lane = c % LANES + 1; lane < LANES; ++lane) output[at - c % LANES + lane] = 0.0f;
  }
}
