// percentile_gradient: dx = (1 - fraction) * dy at the element of rank `lower`, fraction * dy at that of the next rank,
//   zero elsewhere; of equal elements the first in row-major order has the lower rank
// x, dx: up to four axes   dy: extent 1 along the reduced ones       layouts may differ
// Variants   percentile_gradient  one work-item per line         the definition
// Work size  (elements of a channel or block, rounded up; rows; channels or blocks of dy)
#include "common/percentiles.clh"

typedef struct {
  tensor x, dy, dx;
  line span;
  int lower;
  float fraction;
} percentile_gradient_arguments;

__kernel void percentile_gradient(__global const float *restrict input, __global const float *restrict upstream,
                                  __global float *restrict output, const percentile_gradient_arguments a) {
  if (!walk_inside(a.dy)) return;
  const walk w = walk_element(a.dy);
  if (w.is_tail) return;
  const int highest = line_count(a.span) - 1;
  const order_statistic lower = line_order_statistic(input, a.x, w, a.span, a.lower);
  const order_statistic upper = line_order_statistic(input, a.x, w, a.span, min(a.lower + 1, highest));
  const float dy = upstream[w.at];
  int lower_seen = lower.before, upper_seen = upper.before;
  for (int n = w.n; n < w.n + a.span.rows; ++n) {
    for (int c = w.c; c < w.c + a.span.channels; ++c) {
      for (int y = w.y; y < w.y + a.span.height; ++y) {
        for (int x = w.x; x < w.x + a.span.width; ++x) {
          const uint key = ordered_key(input[tensor_at(a.x, n, c, y, x)]);
          float dx = 0.0f;
          if (key == lower.key && lower_seen++ == a.lower) dx += (1.0f - a.fraction) * dy;
          if (key == upper.key && upper_seen++ == min(a.lower + 1, highest)) dx += a.fraction * dy;
          tensor_store(output, a.dx, n, c, y, x, dx);
        }
      }
    }
  }
}
