// gather: y[i,r] = table[place, r], place named by index[i]; zeros where it lies outside the table
// table: E1 .. Ek rest   index: I k   y: I rest
// Variants   gather       one work-item per output, plain        the definition
//            gather_rows  one work-item per output; k = 1, four axes, layouts may differ
//            gather_lines  SPAN elements of a row; k = 1, plain
// Work size  gather: elements of y, rounded up
//            gather_rows: (elements of a channel or block, rounded up; rows; channels or blocks of y)
//            gather_lines: (runs of SPAN elements of a row; rows), groups of one; y is seen as rows 1 1 rest
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

__attribute__((reqd_work_group_size(1, 1, 1)))
__kernel void gather_lines(__global const float *restrict table, __global const float *restrict index,
                           __global float *restrict output, const gather_rows_arguments a) {
  const int n = (int)get_global_id(1);
  const int begin = (int)get_global_id(0) * SPAN, end = min(begin + SPAN, a.y.width);
  const float row = index[n];
  const int inside = row >= 0.0f && row < (float)a.table.rows;
  __global const float *from = table + (inside ? (int)row * a.y.width : 0);
  __global float *to = output + n * a.y.width;
  int at = begin;
  for (; at + 16 <= end; at += 16) store16(inside ? vload16(0, from + at) : (float16)(0.0f), 0, to + at);
  for (; at < end; ++at) to[at] = inside ? from[at] : 0.0f;
}
