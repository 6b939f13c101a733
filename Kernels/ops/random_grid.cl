// random_grid: y[r] = the bits of mask[r], cell by cell: 1 where its uniform number is below keep, else 0; then its
//   vertical and its horizontal shift; zeros where mask[r] is no number of a mask
// mask: R 1   y: R (cells * cells + 2)       plain
// Variants   random_grid  one work-item per output         the definition
// Work size  elements of y, rounded up
#include "common/philox.clh"

#define GRID_STREAM 2u
#define SHIFT_STREAM 3u
#define MOST_MASKS 16777216.0f

typedef struct {
  philox numbers;   // the stream is put in here
  int rows, cells, cell_height, cell_width;
  float keep;
} random_grid_arguments;

__kernel void random_grid(__global const float *restrict masks, __global float *restrict output,
                          const random_grid_arguments a) {
  const int e = (int)get_global_id(0);
  const int size = a.cells * a.cells;
  if (e >= a.rows * (size + 2)) return;
  const int row = e / (size + 2), element = e - row * (size + 2);
  const float number = masks[row];
  float y = 0.0f;
  if (number >= 0.0f && number <= MOST_MASKS) {
    const ulong mask = (ulong)number;
    philox p = a.numbers;
    if (element < size) {
      p.stream = GRID_STREAM;
      y = philox_uniform(p, mask * (ulong)size + (ulong)element) < a.keep ? 1.0f : 0.0f;
    } else {
      const int is_width = element > size;
      p.stream = SHIFT_STREAM;
      y = (float)philox_integer(p, 2 * mask + (ulong)is_width, (uint)(is_width ? a.cell_width : a.cell_height));
    }
  }
  output[e] = y;
}
