// gather: y[i,r] = table[place, r], place named by index[i]; zeros where it lies outside the table
// table: E1 .. Ek rest   index: I k   y: I rest
// Variants   gather       one work-item per output, plain        the definition
//            gather_rows  one work-item per output; k = 1, four axes, layouts may differ
// Work size  gather: elements of y, rounded up
//            gather_rows: (elements of a channel or block, rounded up; rows; channels or blocks of y)
#include "common/gathering.clh"
#include "common/tensor.clh"

__kernel void gather(__global const float *restrict table, __global const float *restrict index,
                     __global float *restrict output, const gathering_arguments a) {
  const int e = (int)get_global_id(0);
  if (e >= a.count * a.rest) return;
  const int i = e / a.rest;
  const int place = gathering_place(index, a, i);
  output[e] = place < 0 ? 0.0f : table[place * a.rest + e - i * a.rest];
}

typedef struct {
  tensor table, y;
} gather_rows_arguments;

__kernel void gather_rows(__global const float *restrict table, __global const float *restrict index,
                          __global float *restrict output, const gather_rows_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  const float row = index[w.n];
  const int inside = !w.is_tail && row >= 0.0f && row < (float)a.table.rows;
  output[w.at] = inside ? table[tensor_at(a.table, (int)row, w.c, w.y, w.x)] : 0.0f;
}
