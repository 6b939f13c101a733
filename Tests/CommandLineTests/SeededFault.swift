import Testing

/// A mistake planted in a copy of a kernel: what stands there, what is put in its place, and whose
/// cases must notice.
struct SeededFault: Sendable, CustomTestStringConvertible {
  /// What kind of mistake it is.
  let title: String
  /// The file below `Kernels/`.
  let file: String
  /// The text that is replaced; it stands there exactly once.
  let right: String
  /// The mistake.
  let wrong: String
  /// The operator or pattern whose cases must fail.
  let operatorName: String

  init(_ title: String, _ file: String, _ right: String, _ wrong: String, caughtBy name: String) {
    self.title = title
    self.file = file
    self.right = right
    self.wrong = wrong
    self.operatorName = name
  }

  var testDescription: String { title }

  static let all: [SeededFault] = [
    SeededFault(
      "the last element of a row is left out", "common/tensor.clh",
      "return (int)get_global_id(0) < t.height", "return (int)get_global_id(0) + 1 < t.height",
      caughtBy: "relu"),
    SeededFault(
      "height and width are swapped", "ops/transpose.cl", "e[4] = {w.n, w.c, w.y, w.x}",
      "e[4] = {w.n, w.c, w.x, w.y}", caughtBy: "transpose"),
    SeededFault(
      "the bias is dropped", "ops/conv2d.cl", "if (a.has_bias) sum += bias[w.c];", "",
      caughtBy: "conv2d"),
    SeededFault(
      "the stride of the wrong axis", "ops/conv2d.cl", "const int j = w.x * a.stride_x",
      "const int j = w.x * a.stride_y", caughtBy: "conv2d"),
    SeededFault(
      "lanes behind the last channel are not zeroed", "common/convolution.clh",
      "if (used < LANES) value", "if (0) value",
      caughtBy: "conv2d+hard_sigmoid"),
    SeededFault(
      "every row reads the first", "ops/conv2d.cl",
      "at[u] = (at_u.n * a.x.height + top[u]) * a.x.width + left[u];",
      "at[u] = top[u] * a.x.width + left[u];",
      caughtBy: "conv2d"),
    SeededFault(
      "the last pixel of the batch is left out", "ops/conv2d.cl",
      "a.y.width;\n  const int plane", "a.y.width - 1;\n  const int plane",
      caughtBy: "conv2d"),
    SeededFault(
      "the residual is dropped behind a fused convolution", "common/convolution.clh",
      "if (a.end.has_residual) value += vload16(u, r);", "", caughtBy: "conv2d+add+relu"),
    SeededFault(
      "a point of Winograd has the wrong sign", "common/winograd.clh",
      "t[2 * step] = fma((VECTOR)(-A1), odd, even);",
      "t[2 * step] = fma((VECTOR)(A1), odd, even);",
      caughtBy: "conv2d"),
    SeededFault(
      "dilation is ignored", "ops/conv2d.cl", "AT_TAP(r * a.dilation_y, s * a.dilation_x,",
      "AT_TAP(r * a.dilation_y, s,",
      caughtBy: "conv2d"),
    SeededFault(
      "a picture is padded on one side only", "ops/conv2d_stem.cl",
      "begin = min(a.conv.pad_x, a.width)", "begin = 0", caughtBy: "conv2d"),
    SeededFault(
      "a depthwise tile forgets the stride", "ops/conv2d_depthwise.cl",
      "left + u * a.stride_x + s", "left + u + s", caughtBy: "conv2d"),
    SeededFault(
      "the last channel of packed filters is lost", "layout/pack.cl",
      "in >= 0 && in < group_inputs;", "in >= 0 && in < group_inputs - 1;",
      caughtBy: "conv2d"),
    SeededFault(
      "Winograd's filters of a gradient are not turned", "layout/pack.cl",
      "p.is_adjoint ? 8 - tap : tap", "tap", caughtBy: "conv2d_data_gradient"),
    SeededFault(
      "the sums of the last row are left out", "common/channels.clh",
      "n < a.x.rows; ++n) t = total_plus16", "n + 1 < a.x.rows; ++n) t = total_plus16",
      caughtBy: "batch_variance"),
    SeededFault(
      "every pixel of a repeated tensor is the first", "ops/broadcast.cl",
      "a.x.height * a.x.width > 1", "0", caughtBy: "broadcast"),
    SeededFault(
      "a gradient looks for taps on the wrong side", "ops/conv2d_data_gradient.cl",
      "r += rows.step, i -= rows.distance", "r += rows.step, i += rows.distance",
      caughtBy: "conv2d_data_gradient"),
    SeededFault(
      "a short tile has points of a whole one", "ops/conv2d_weight_gradient_winograd.cl",
      "columns[at.width - 1][r], w)", "columns[3][r], w)", caughtBy: "conv2d_weight_gradient"),
    SeededFault(
      "a share ends a row early", "ops/conv2d_weight_gradient_stem.cl",
      "(share + 1) * a.dy.height / a.shares;", "(share + 1) * a.dy.height / a.shares - 1;",
      caughtBy: "conv2d_weight_gradient"),
    SeededFault(
      "tensors behind the first have no zeros behind them", "ops/arena.cl",
      "for (; e < end; ++e) to[e] = 0.0f;", "for (; e < end; ++e) to[e] = 1.0f;",
      caughtBy: "arena"),
    SeededFault(
      "a row of a weight gradient begins before the image", "ops/conv2d_weight_gradient.cl",
      "(stride - 1 - offset) / stride", "(-offset) / stride", caughtBy: "conv2d_weight_gradient"),
    SeededFault(
      "the parity of a stride is not looked at", "common/window.clh",
      "p * w.stride_height == distance && p < count", "p < count",
      caughtBy: "conv2d_data_gradient"),
    SeededFault(
      "the padding of the wrong side", "common/window.clh",
      "q * w.stride_width + s * w.dilation_width - w.left",
      "q * w.stride_width + s * w.dilation_width - w.right", caughtBy: "max_pool"),
    SeededFault(
      "the last maximum wins, not the first", "common/pooling.clh", "value > greatest ||",
      "value >= greatest ||", caughtBy: "max_pool_gradient"),
    SeededFault(
      "padding is never counted", "common/pooling.clh", "counts_padding ? w.top : 0", "0",
      caughtBy: "average_pool"),
    SeededFault(
      "the group of a filter is forgotten", "ops/conv2d_weight_gradient.cl",
      "k / filters * a.dw.channels + w.c", "w.c", caughtBy: "conv2d_weight_gradient"),
    SeededFault(
      "softmax without the maximum", "ops/softmax.cl",
      "exp(distance) / sum",
      "exp(distance + maxima[s]) / (sum * exp(maxima[s]))",
      caughtBy: "softmax"),
    SeededFault(
      "the percentile of the next rank", "ops/percentile.cl", "a.span, a.lower);",
      "a.span, a.lower + 1);", caughtBy: "percentile"),
    SeededFault(
      "a principal map has any sign", "ops/principal_map.cl", "change = is_negative ?",
      "change = !is_negative ?", caughtBy: "principal_map"),
    SeededFault(
      "a blur that repeats the edge", "common/blurring.clh", "return i < 0 ? -i :",
      "return i < 0 ? -i - 1 :", caughtBy: "gaussian_blur"),
    SeededFault(
      "picture and baseline are swapped", "ops/masked_blend.cl", "fma(m, x, (1.0f - m) * b)",
      "fma(m, b, (1.0f - m) * x)", caughtBy: "masked_blend"),
    SeededFault(
      "ranks in ascending order", "ops/rank.cl", "before += other > key",
      "before += other < key", caughtBy: "rank"),
    SeededFault(
      "a neighbour across a corner weighs as much as one beside", "ops/linear_imputation.cl",
      "2.0f * beside + across", "2.0f * beside + 2.0f * across", caughtBy: "linear_imputation"),
    SeededFault(
      "a store beyond the end", "ops/top_k.cl", "if (l >= a.lines) return;",
      "if (l > a.lines) return;", caughtBy: "top_k"),
    SeededFault(
      "a clamp has no upper bound", "common/activations.clh",
      "return raised > (T)(upper) ? (T)(upper) : raised;", "return raised;", caughtBy: "clamp"),
    SeededFault(
      "a group ends one channel early", "ops/group_sum.cl", "groups_first(a.groups, w.c + 1);",
      "groups_first(a.groups, w.c + 1) - 1;", caughtBy: "group_sum"),
    SeededFault(
      "rows of a linear layer behind the first tile", "ops/linear.cl",
      "const int first = (int)get_global_id(1) * ROWS * RUNS;", "const int first = 0;",
      caughtBy: "linear"),
    SeededFault(
      "a channel offset is lost", "ops/concat.cl", "w.c + a.channels", "w.c", caughtBy: "concat"),
    SeededFault(
      "an axis of an index is not scaled", "common/gathering.clh",
      "place * s.extents[axis] + (int)number", "place + (int)number", caughtBy: "gather"),
    SeededFault(
      "a map is scaled from its maximum", "ops/min_max.cl", "      y = (x - least)",
      "      y = (greatest - x)", caughtBy: "min_max"),
  ]
}
