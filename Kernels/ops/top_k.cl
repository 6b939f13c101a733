// top_k: the k greatest elements of every line, in descending order, or their positions;
//   of equals the first comes first
// x: lines of `length` elements   y: lines of k       plain; a NaN is greater than every number
// Variants   top_k  one work-item per line             the definition: k times the next greatest is looked for
// Work size  lines, rounded up
#include "common/ordering.clh"

typedef struct {
  int lines, length, count;
  int is_positions;   // 1: positions, 0: values
} top_k_arguments;

__kernel void top_k(__global const float *restrict input, __global float *restrict output, const top_k_arguments a) {
  const int l = (int)get_global_id(0);
  if (l >= a.lines) return;
  __global const float *x = input + l * a.length;
  uint last = 0xffffffffu;   // the key and the position of the element found last
  int position = -1;
  for (int k = 0; k < a.count; ++k) {
    uint greatest = 0u;
    int next = -1;
    for (int i = 0; i < a.length; ++i) {
      const uint key = ordered_key(x[i]);
      if ((key < last || (key == last && i > position)) && (next < 0 || key > greatest)) {
        greatest = key;
        next = i;
      }
    }
    last = greatest;
    position = next;
    output[l * a.count + k] = a.is_positions ? (float)next : x[next];
  }
}
