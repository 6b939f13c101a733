// one_hot: y[i,d] = 1 where index[i] = d, else 0; zeros where the index lies outside 0 to depth - 1
// index: I 1   y: I depth       plain
// Variants   one_hot  one work-item per output         the definition
// Work size  elements of y, rounded up
typedef struct {
  int count, depth;   // of indices, of classes
} one_hot_arguments;

__kernel void one_hot(__global const float *restrict index, __global float *restrict output,
                      const one_hot_arguments a) {
  const int e = (int)get_global_id(0);
  if (e >= a.count * a.depth) return;
  const int i = e / a.depth;
  output[e] = index[i] == (float)(e - i * a.depth) ? 1.0f : 0.0f;
}
