// shifted_grid: y[r,0,p,q] = the grid of row r at (p + down, q + right) of its enlargement: first along the columns, then
//   along the rows, each time a + t * (b - a), which keeps a grid of ones exactly one; zeros where the shift is no shift
// grid: R (cells * cells + 2), plain: cells row by row, down, right   y: R 1 H W
// rows, columns: 3 numbers for each place of the enlargement, mirrored at the edges by the host
// Variants   shifted_grid  one work-item per output        the definition
// Work size  (elements of a channel, rounded up; rows; channels)
#include "common/resizing.clh"
#include "common/tensor.clh"

typedef struct {
  tensor y;
  int cells, cell_height, cell_width;
} shifted_grid_arguments;

__kernel void shifted_grid(__global const float *restrict grids, __global float *restrict output,
                           __global const float *restrict rows, __global const float *restrict columns,
                           const shifted_grid_arguments a) {
  if (!walk_inside(a.y)) return;
  const walk w = walk_element(a.y);
  const int size = a.cells * a.cells;
  const int start = (a.y.first + w.n) * (size + 2);
  const float down = grids[start + size], right = grids[start + size + 1];
  float y = 0.0f;
  if (!w.is_tail && down >= 0.0f && right >= 0.0f && down < (float)a.cell_height && right < (float)a.cell_width) {
    const resizing i = resizing_at(rows, w.y + (int)down), j = resizing_at(columns, w.x + (int)right);
    __global const float *restrict upper = grids + start + i.first * a.cells;
    __global const float *restrict lower = grids + start + i.second * a.cells;
    const float u = fma(j.weight, upper[j.second] - upper[j.first], upper[j.first]);
    const float l = fma(j.weight, lower[j.second] - lower[j.first], lower[j.first]);
    y = fma(i.weight, l - u, u);
  }
  output[w.at] = y;
}
