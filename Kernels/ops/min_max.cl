// min_max: y = (x - least) / (greatest - least) over each map (n, c); all zeros where the map is constant
// x, y: N C H W       layouts may differ
// Variants   min_max_statistics, min_max  one work-item per map for its extrema, then one per output: the definition
// Work size  min_max_statistics: (elements of a channel, rounded up; rows; channels of s)
//            min_max: (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/reduction.clh"

typedef struct {
  tensor x, y;
  tensor s;   // the extrema: extent 1 along height and width, plain
  line span;
} min_max_arguments;

__kernel void min_max_statistics(__global const float *restrict input, __global float *restrict minima,
                                 __global float *restrict maxima, const min_max_arguments a) {
  if (!walk_inside(a.s)) return;
  const walk w = walk_element(a.s);
  float least = INFINITY, greatest = -INFINITY;
  FOR_LINE(a.x, w, a.span) {
    least = fmin(least, input[at]);
    greatest = fmax(greatest, input[at]);
  }
  minima[w.at] = least;
  maxima[w.at] = greatest;
}

__kernel void min_max(__global const float *restrict input, __global const float *restrict minima,
                      __global const float *restrict maxima, __global float *restrict output,
                      const min_max_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  float y = 0.0f;
  if (!w.is_tail) {
    const int s = tensor_broadcast_at(a.s, w.n, w.c, w.y, w.x);
    const float least = minima[s], greatest = maxima[s];
    if (greatest != least) {
      // Division may be off by some units in the last place; the greatest element is 1 all the same.
      const float x = input[tensor_at(a.x, w.n, w.c, w.y, w.x)];
      y = (x - least) / (greatest - least);
      if (x == greatest || y > 1.0f) y = 1.0f;
    }
  }
  output[w.at] = y;
}
