// principal_map: y[n,0,p] = +- sum over k of v[k] * a[n,k,p], |v| = 1 and v so that the sum of squares over p is largest;
//                the entry of the largest magnitude, the first of equal ones, is positive
// a: N C H W   y: N 1 H W, plain
// b is the matrix of one image, positions x channels or turned, so that it has no more rows than columns. g = b b^T is
// made once; u <- g u / |g u| until u changes by less than STOP or for `rounds` rounds; from v = 1, that is u = b 1 where
// the rows are positions. Then y = sqrt(|g u|) u, or b^T u where the rows are channels.
// Double precision where the device has it; else single, with the rounding errors of the sums kept.
// Variants   definition  a work-item per image for the iteration
//            group       a work-group per image: every sum is made by one work-item in the same order, so bits are equal
// Work size  principal_map_products: (rows*rows, rounded up; images)      principal_map: (images * local)
#include "common/summation.clh"
#include "common/tensor.clh"

#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
typedef double real;
typedef double real_total;
#define STOP 1e-10
real_total real_zero(void) { return 0.0; }
real_total real_plus(const real_total t, const real x, const real y) { return fma(x, y, t); }
real real_value(const real_total t) { return t; }
#else
typedef float real;
typedef total real_total;
#define STOP 1e-7f
real_total real_zero(void) { return total_zero(); }
real_total real_plus(const real_total t, const real x, const real y) { return total_plus(t, x * y); }
real real_value(const real_total t) { return total_value(t); }
#endif

typedef struct {
  tensor a, y;
  int rows, columns, has_channel_rows, rounds;
} principal_map_arguments;

// The place of b[row][column] of image n.
int entry(const principal_map_arguments s, const int n, const int row, const int column) {
  const int channel = s.has_channel_rows ? row : column, position = s.has_channel_rows ? column : row;
  return tensor_at(s.a, n, channel, 0, 0) + position * tensor_step(s.a);
}

// g[i][j] = g[j][i] = sum over t of b[i][t] * b[j][t]
__kernel void principal_map_products(__global const float *restrict input, __global real *restrict products,
                                     const principal_map_arguments s) {
  const int n = (int)get_global_id(1);
  const int i = (int)get_global_id(0) / s.rows, j = (int)get_global_id(0) % s.rows;
  if (i >= s.rows || j > i) return;
  real_total t = real_zero();
  for (int column = 0; column < s.columns; ++column) {
    t = real_plus(t, (real)input[entry(s, n, i, column)], (real)input[entry(s, n, j, column)]);
  }
  __global real *g = products + (size_t)n * s.rows * s.rows;
  g[(size_t)i * s.rows + j] = real_value(t);
  g[(size_t)j * s.rows + i] = real_value(t);
}

// vectors: u and g u, `rows` each, then the map before its sign, for each image.
__kernel void principal_map(__global const float *restrict input, __global const real *restrict products,
                            __global real *restrict vectors, __global float *restrict output,
                            const principal_map_arguments s) {
  const int n = (int)get_group_id(0), item = (int)get_local_id(0), items = (int)get_local_size(0);
  const int positions = s.a.height * s.a.width;
  __global const real *g = products + (size_t)n * s.rows * s.rows;
  __global real *u = vectors + (size_t)n * (2 * s.rows + positions);
  __global real *next = u + s.rows;
  __global real *map = next + s.rows;
  __local real length, change;
  for (int i = item; i < s.rows; i += items) {
    real_total t = real_zero();
    if (!s.has_channel_rows) {
      for (int column = 0; column < s.columns; ++column) {
        t = real_plus(t, (real)1, (real)input[entry(s, n, i, column)]);
      }
    }
    u[i] = s.has_channel_rows ? (real)1 : real_value(t);
  }
  barrier(CLK_GLOBAL_MEM_FENCE);
  for (int round = 0; round <= s.rounds; ++round) {
    for (int i = item; i < s.rows; i += items) {
      real_total t = real_zero();
      for (int j = 0; j < s.rows; ++j) t = real_plus(t, g[(size_t)j * s.rows + i], u[j]);
      next[i] = real_value(t);
    }
    barrier(CLK_GLOBAL_MEM_FENCE);
    if (item == 0) {
      real_total squares = real_zero(), changes = real_zero();
      for (int i = 0; i < s.rows; ++i) squares = real_plus(squares, next[i], next[i]);
      length = sqrt(real_value(squares));
      for (int i = 0; i < s.rows; ++i) {
        const real d = length > 0 ? next[i] / length - u[i] : (real)0;
        changes = real_plus(changes, d, d);
      }
      change = sqrt(real_value(changes));
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    const real scale = length > 0 ? (real)1 / length : (real)0;
    for (int i = item; i < s.rows; i += items) u[i] = next[i] * scale;
    const int is_last = change < STOP;
    barrier(CLK_GLOBAL_MEM_FENCE | CLK_LOCAL_MEM_FENCE);
    if (is_last) break;
  }
  for (int p = item; p < positions; p += items) {
    real_total t = real_zero();
    if (s.has_channel_rows) {
      for (int i = 0; i < s.rows; ++i) t = real_plus(t, u[i], (real)input[entry(s, n, i, p)]);
    }
    map[p] = s.has_channel_rows ? real_value(t) : sqrt(length) * u[p];
  }
  barrier(CLK_GLOBAL_MEM_FENCE);
  if (item == 0) {
    real largest = 0;
    int is_negative = 0;
    for (int p = 0; p < positions; ++p) {
      if (fabs(map[p]) > largest) {
        largest = fabs(map[p]);
        is_negative = map[p] < 0;
      }
    }
    change = is_negative ? (real)-1 : (real)1;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int p = item; p < positions; p += items) output[tensor_at(s.y, n, 0, 0, 0) + p] = (float)(change * map[p]);
}
