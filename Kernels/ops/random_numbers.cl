// random_numbers: y[r,j] = number sample[r] * n + j of a stream, n numbers a row; zeros for samples outside 0 to 2^24 - 1
// sample: R 1   y: R n       plain
// Variants   random_numbers  one work-item per output         the definition
// Work size  elements of y, rounded up
#include "common/philox.clh"

typedef struct {
  philox source;
  int rows, count;   // count: numbers of a row
  int is_normal;
} random_numbers_arguments;

__kernel void random_numbers(__global const float *restrict sample, __global float *restrict output,
                             const random_numbers_arguments a) {
  const int e = (int)get_global_id(0);
  if (e >= a.rows * a.count) return;
  const int row = e / a.count;
  const float number = sample[row];
  float y = 0.0f;
  if (number >= 0.0f && number < 16777216.0f) {
    const ulong element = (ulong)(uint)number * (ulong)(uint)a.count + (ulong)(uint)(e - row * a.count);
    y = a.is_normal ? philox_normal(a.source, element) : philox_uniform(a.source, element);
  }
  output[e] = y;
}
