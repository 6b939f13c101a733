// sgd_update: d = g + decay * w; v' = momentum * v + d; w' = w - rate * v', or w - rate * (d + momentum * v') after Nesterov
// state, output: w, then v, P each; they may be one buffer   gradient: P   rate: 1
// Variants   sgd_update  one work-item per weight         the definition
// Work size  P, rounded up
#pragma OPENCL FP_CONTRACT OFF

typedef struct {
  int count;
  float momentum, decay;
  int is_nesterov;
} sgd_update_arguments;

__kernel void sgd_update(__global const float *state, __global const float *restrict gradient,
                         __global const float *restrict rate, __global float *output,
                         const sgd_update_arguments a) {
  const int place = (int)get_global_id(0);
  if (place >= a.count) return;
  const float weight = state[place];
  const float slope = fma(a.decay, weight, gradient[place]);
  const float velocity = fma(a.momentum, state[a.count + place], slope);
  const float step = a.is_nesterov ? fma(a.momentum, velocity, slope) : velocity;
  output[place] = fma(-rate[0], step, weight);
  output[a.count + place] = velocity;
}
