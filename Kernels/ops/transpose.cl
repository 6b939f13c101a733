// transpose: y[e] = x[e'], where e'[permutation[a]] = e[a] for every axis a
// x, y: any rank
// Variants   transpose        one work-item per output, up to four axes, layouts may differ      the definition
//            transpose_plain  one work-item per output, up to eight axes, plain
// Work size  transpose: (elements of a channel or block, rounded up; rows; channels or blocks of y)
//            transpose_plain: elements, rounded up
#include "common/tensor.clh"

typedef struct {
  tensor x, y;
  int axes[4];   // which axis of y runs along each axis of x
} transpose_arguments;

__kernel void transpose(__global const float *restrict input, __global float *restrict output,
                        const transpose_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  float y = 0.0f;
  if (!w.is_tail) {
    const int e[4] = {w.n, w.c, w.y, w.x};
    y = input[tensor_at(a.x, e[a.axes[0]], e[a.axes[1]], e[a.axes[2]], e[a.axes[3]])];
  }
  output[w.at] = y;
}

typedef struct {
  int count;        // of elements
  int rank;
  int extents[8];   // of y
  int strides[8];   // in x, along the axes of y
} transpose_plain_arguments;

__kernel void transpose_plain(__global const float *restrict input, __global float *restrict output,
                              const transpose_plain_arguments a) {
  const int e = (int)get_global_id(0);
  if (e >= a.count) return;
  int at = 0, rest = e;
  for (int axis = a.rank - 1; axis >= 0; --axis) {
    const int next = rest / a.extents[axis];
    at += (rest - next * a.extents[axis]) * a.strides[axis];
    rest = next;
  }
  output[e] = input[at];
}
