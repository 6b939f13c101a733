// rank: y[i] = how many elements of the line come before x[i]: greater ones, and of equal ones those with a smaller tie,
//   and of those with equal ties the ones that stand before
// x, ties: lines of `length` elements   y: the same       plain; a NaN is greater than every number, -0 equals 0
// Variants   definition  one work-item per element: the others are counted
//            sort        a work-group per line: a radix sort, 4 bits a pass, first by ties, then by x; each pass keeps the
//                        order of what is equal, so the bits are those of the definition
// Work size  rank: (length, rounded up; lines)      rank_sort: (lines * local), at most GROUP items a line
#include "common/ordering.clh"

#ifndef GROUP
#define GROUP 64
#endif
#define DIGITS 16

typedef struct {
  int lines, length;
  int has_ties;   // 0: ties are not read
} rank_arguments;

__kernel void rank(__global const float *restrict input, __global const float *restrict ties,
                   __global float *restrict output, const rank_arguments a) {
  const int i = (int)get_global_id(0), l = (int)get_global_id(1);
  if (i >= a.length) return;
  __global const float *x = input + (size_t)l * a.length;
  __global const float *t = ties + (size_t)l * a.length;
  const uint key = ordered_key(x[i]), tie = a.has_ties ? ordered_key(t[i]) : 0u;
  int before = 0;
  for (int j = 0; j < a.length; ++j) {
    const uint other = ordered_key(x[j]), others = a.has_ties ? ordered_key(t[j]) : 0u;
    before += other > key || (other == key && (others < tie || (others == tie && j < i))) ? 1 : 0;
  }
  output[(size_t)l * a.length + i] = (float)before;
}

// places: two lists of the elements' places for each line; every pass moves them from one to the other.
__kernel void rank_sort(__global const float *restrict input, __global const float *restrict ties,
                        __global int *restrict places, __global float *restrict output, const rank_arguments a) {
  const int l = (int)get_group_id(0), item = (int)get_local_id(0), items = (int)get_local_size(0);
  __global const float *x = input + (size_t)l * a.length;
  __global const float *t = ties + (size_t)l * a.length;
  __global int *from = places + (size_t)l * 2 * a.length;
  __global int *to = from + a.length;
  __local int starts[DIGITS * GROUP];   // of each digit, for each item
  // An item has neighbouring elements, so what it moves stays in order.
  const int share = (a.length + items - 1) / items;
  const int first = min(item * share, a.length), last = min(first + share, a.length);
  for (int k = first; k < last; ++k) from[k] = k;
  for (int pass = a.has_ties ? 0 : 8; pass < 16; ++pass) {
    const int shift = pass % 8 * 4;
    __global const float *by = pass < 8 ? t : x;
    const uint flip = pass < 8 ? 0u : ~0u;
    for (int digit = 0; digit < DIGITS; ++digit) starts[digit * items + item] = 0;
    for (int k = first; k < last; ++k) {
      const int place = from[k];
      const uint key = ordered_key(by[place]) ^ flip;
      ++starts[(int)(key >> shift & 15u) * items + item];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    if (item == 0) {
      int sum = 0;
      for (int k = 0; k < DIGITS * items; ++k) {
        const int count = starts[k];
        starts[k] = sum;
        sum += count;
      }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int k = first; k < last; ++k) {
      const int place = from[k];
      const uint key = ordered_key(by[place]) ^ flip;
      to[starts[(int)(key >> shift & 15u) * items + item]++] = place;
    }
    barrier(CLK_GLOBAL_MEM_FENCE | CLK_LOCAL_MEM_FENCE);
    __global int *other = from;
    from = to;
    to = other;
  }
  for (int k = first; k < last; ++k) output[(size_t)l * a.length + from[k]] = (float)k;
}
