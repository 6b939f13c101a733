// scatter_add: y[place, r] = sum of values[i,r] over the i whose index names the place, in their order
// values: I rest   index: I k   y: E1 .. Ek rest       plain
// Variants   scatter_add  one work-item per output     the definition: every index is looked at
// Work size  elements of y, rounded up
#include "common/gathering.clh"
#include "common/summation.clh"

__kernel void scatter_add(__global const float *restrict values, __global const float *restrict index,
                          __global float *restrict output, const gathering_arguments a) {
  const int e = (int)get_global_id(0);
  if (e >= a.places * a.rest) return;
  const int place = e / a.rest;
  const int r = e - place * a.rest;
  total t = total_zero();
  for (int i = 0; i < a.count; ++i) {
    if (gathering_place(index, a, i) == place) t = total_plus(t, values[i * a.rest + r]);
  }
  output[e] = total_value(t);
}
