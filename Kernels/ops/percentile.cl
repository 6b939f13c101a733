// percentile: y = a[lower] + fraction * (a[min(lower + 1, n - 1)] - a[lower]), a[0..n-1] a line of x in ascending order
//   lower + fraction = theta / 100 * (n - 1), found in double precision by the host
// x: up to four axes   y: extent 1 along the reduced ones       layouts may differ
// Variants   percentile  one work-item per line        the definition: exact order statistics by counting
#include "common/percentiles.clh"

typedef struct {
  tensor x, y;
  line span;
  int lower;
  float fraction;
} percentile_arguments;

__kernel void percentile(__global const float *restrict input, __global float *restrict output,
                         const percentile_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  float y = 0.0f;
  if (!w.is_tail) {
    const order_statistic lower = line_order_statistic(input, a.x, w, a.span, a.lower);
    int equal = 0;
    uint above = 0xffffffffu;   // the least key behind that of `lower`
    FOR_LINE(a.x, w, a.span) {
      const uint key = ordered_key(input[at]);
      equal += key == lower.key ? 1 : 0;
      if (key > lower.key) above = min(above, key);
    }
    const int is_last = a.lower + 1 >= line_count(a.span);
    const uint upper = is_last || lower.before + equal > a.lower + 1 ? lower.key : above;
    const float low = ordered_value(lower.key), high = ordered_value(upper);
    y = a.fraction > 0.0f ? fma(a.fraction, high - low, low) : low;
  }
  output[w.at] = y;
}
