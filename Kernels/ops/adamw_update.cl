// adamw_update: m' = m + (1 - beta1) * (g - m); v' = beta2 * v + (1 - beta2) * g^2;
//   w' = w * (1 - rate * decay) - rate / (1 - beta1^t) * m' / (sqrt(v' / (1 - beta2^t)) + epsilon)
// state, output: w, then m, then v, P each; they may be one buffer   gradient: P   rate, step (t): 1
// Variants   adamw_update  one work-item per weight         the definition
// Work size  P, rounded up
#pragma OPENCL FP_CONTRACT OFF

typedef struct {
  int count;
  float beta1, beta2, logarithm1, logarithm2;   // logarithms: ln beta
  float epsilon, decay;
} adamw_update_arguments;

__kernel void adamw_update(__global const float *state, __global const float *restrict gradient,
                           __global const float *restrict rate, __global const float *restrict step,
                           __global float *output, const adamw_update_arguments a) {
  const int place = (int)get_global_id(0);
  if (place >= a.count) return;
  const float g = gradient[place];
  const float first = -expm1(step[0] * a.logarithm1), second = -expm1(step[0] * a.logarithm2);
  const float mean = fma(1.0f - a.beta1, g - state[a.count + place], state[a.count + place]);
  const float square = fma(a.beta2, state[2 * a.count + place], (1.0f - a.beta2) * g * g);
  const float root = sqrt(square / second) + a.epsilon;
  const float weight = state[place] * fma(-rate[0], a.decay, 1.0f);
  output[place] = weight - rate[0] / first * mean / root;
  output[a.count + place] = mean;
  output[2 * a.count + place] = square;
}
