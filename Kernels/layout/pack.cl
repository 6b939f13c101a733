// Packed forms of parameters. Whatever lies outside the plain parameter becomes zero.
//   filter_blocks   w[k][c][t] -> [K/16][C/16][T][16 in][16 out]     t runs over the taps R*S
//   matrix_blocks   w[k][c]    -> [K/16][C][16 out]
//   lane_blocks     b[k]       -> [K/16][16]
// Work size  one item an element of the packed form, rounded up

__kernel void filter_blocks(__global const float *restrict plain, __global float *restrict packed,
                            const int filters, const int channels, const int taps) {
  const int i = (int)get_global_id(0);
  const int in_blocks = (channels + 15) / 16;
  const int out_blocks = (filters + 15) / 16;
  if (i >= out_blocks * in_blocks * taps * 256) return;
  const int tap = i / 256 % taps;
  const int block = i / 256 / taps;
  const int k = block / in_blocks * 16 + i % 16;
  const int c = block % in_blocks * 16 + i / 16 % 16;
  packed[i] = k < filters && c < channels ? plain[(k * channels + c) * taps + tap] : 0.0f;
}

__kernel void matrix_blocks(__global const float *restrict plain, __global float *restrict packed,
                            const int rows, const int columns, const int unused) {
  const int i = (int)get_global_id(0);
  if (i >= (rows + 15) / 16 * columns * 16) return;
  const int k = i / 16 / columns * 16 + i % 16;
  const int c = i / 16 % columns;
  packed[i] = k < rows ? plain[k * columns + c] : 0.0f;
  (void)unused;
}

__kernel void lane_blocks(__global const float *restrict plain, __global float *restrict packed,
                          const int length, const int unused_columns, const int unused_taps) {
  const int i = (int)get_global_id(0);
  if (i >= (length + 15) / 16 * 16) return;
  packed[i] = i < length ? plain[i] : 0.0f;
  (void)unused_columns;
  (void)unused_taps;
}
