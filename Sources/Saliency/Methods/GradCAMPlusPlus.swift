import Graphs
import Operators

/// Grad-CAM++: each position's gradient is weighted by how much of the target it accounts for.
///
/// a[k,i,j] = g² / (2·g² + g³ · Σ_ab A[k,a,b]), 0 where g is 0      — Chattopadhay et al. 2018, eq. 19
/// α[k] = Σ_ij a[k,i,j] · ReLU(g[k,i,j])                            — eq. 7
/// L = ReLU( Σ_k α[k] · A[k] )
///
/// g is the gradient of y. The paper differentiates exp(y), whose n-th derivative is exp(y)·gⁿ: the
/// factor cancels in a, and in α it is one positive number for the whole map.
public struct GradCAMPlusPlus: ActivationExplainer {
  /// Whose formula is followed.
  public enum Variant: String, Sendable, Hashable, CaseIterable {
    /// The paper.
    case paper
    /// The authors' code: a divided by its own sum over each channel.
    case official
    /// The code of Group-CAM and others: the sum of A · g³ in place of g³ · Σ A.
    case joint
  }

  /// The method's name on the command line.
  public static let name = "grad-cam++"

  /// Chattopadhay and others, 2018.
  public static let citation = Citation(
    paper: "A. Chattopadhay, A. Sarkar, P. Howlader, V. N. Balasubramanian, Grad-CAM++: Improved"
      + " Visual Explanations for Deep Convolutional Networks, WACV 2018",
    equations: [
      "a[k,i,j] = g^2 / ( 2*g^2 + g^3 * sum_ab A[k,a,b] ), 0 where g = 0;  g = dy/dA   (eq. 19)",
      "alpha[k] = sum_ij a[k,i,j] * ReLU(g[k,i,j])                                     (eq. 7)",
      "L = ReLU( sum_k alpha[k] * A[k] );  S = minmax( bilinear(L) )",
    ],
    deviations: [
      "exp(y), one positive number for each map, is left out; exp=true multiplies the weights by"
        + " it, with y limited to 60 so that no weight overflows",
      "variant=official is the authors' code: a over its own sum in each channel where"
        + " ReLU(g) > 0, exp(y) kept, divided by the maximum before upsampling (finish=pair)",
      "variant=joint is the code of Group-CAM: 2*g^2 + sum_ab(A*g^3) + 1e-7, exp(y) kept; not the"
        + " paper's formula",
      "pytorch-grad-cam adds 1e-6 to the denominator, which outweighs it where gradients are"
        + " small; not reproduced",
      "a denominator of 0 gives 0, in variant=official g^2, in variant=joint g^2 / (1 + 1e-7)",
    ])

  /// What can be set.
  public static let settings: [Setting] =
    [
      .words("variant", Variant.self, "whose formula; sets the defaults of exp and finish"),
      Setting(
        "exp", default: "false", .flag, "weights times exp(y) (official, joint: true)"),
    ] + Finish.settings

  /// The settings in force.
  public let chosen: Settings
  /// The common end.
  public let finish: Finish

  /// Above this exp(y) is taken for that of this: far from overflow after the sums.
  private static let largestExponent: Float = 60

  /// Grad-CAM++ with some settings changed.
  /// - Throws: `SettingError` where a name or value is unknown.
  public init(settings: [String: String] = [:]) throws(SettingError) {
    var chosen = try Settings(settings, of: Self.settings, method: Self.name)
    switch chosen.choice("variant", as: Variant.self) {
    case .paper: break
    case .official: chosen.setDefaults(["exp": "true", "finish": Finish.Order.pair.rawValue])
    case .joint: chosen.setDefaults(["exp": "true"])
    }
    finish = Finish(&chosen)
    self.chosen = chosen
  }

  /// Σ_k α[k] · A[k], `[T, 1, u, v]`, before the ReLU.
  /// - Throws: `GraphError` where the layer does not fit.
  public func map(
    of evidence: LayerEvidence, _ network: Graph, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let gradient = try evidence.gradient()
    let shares = try shares(evidence.activations, gradient, in: &builder)
    let rising = try builder.add(ReLU(), [gradient])
    var weights = try builder.summedOverPositions(
      builder.add(Multiply(), [shares, rising]))
    if chosen.flag("exp") {
      weights = try builder.add(Multiply(), [weights, exponential(evidence, in: &builder)])
    }
    return try builder.add(WeightedChannelSum(), [evidence.activations, weights])
  }

  /// a, `[T, C, u, v]`.
  ///
  /// g² / (2·g² + g³·ΣA) is 1 / (2 + g·ΣA) where g is not 0: nothing underflows.
  private func shares(
    _ activations: Value, _ gradient: Value, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let square = try builder.add(Multiply(), [gradient, gradient])
    let variant = chosen.choice("variant", as: Variant.self)
    guard variant != .joint else {
      let cube = try builder.add(Multiply(), [square, gradient])
      let sum = try builder.summedOverPositions(builder.add(Multiply(), [activations, cube]))
      let twice = try builder.add(Multiply(), [square, builder.constant(2)])
      let denominator = try builder.add(Add(), [twice, sum])
      let divisor = try builder.orOne(denominator, where: builder.isNotZero(denominator))
      return try builder.add(
        Divide(), [square, builder.add(Add(), [divisor, builder.constant(1e-7)])])
    }
    let sum = try builder.summedOverPositions(activations)
    let product = try builder.add(Multiply(), [gradient, sum])
    let denominator = try builder.add(Add(), [product, builder.constant(2)])
    let isFinite = try builder.isNotZero(denominator)
    let quotient = try builder.quotient(builder.constant(1), denominator)
    if variant == .paper {
      return try builder.add(Multiply(), [quotient, builder.isNotZero(gradient)])
    }
    let isPole = try builder.add(Subtract(), [builder.constant(1), isFinite])
    let whole = try builder.add(
      Add(), [quotient, builder.add(Multiply(), [square, isPole])])
    let counted = try builder.add(Multiply(), [whole, builder.add(Step(), [gradient])])
    return try builder.quotient(counted, builder.summedOverPositions(counted))
  }

  /// exp(y), `[T, 1, 1, 1]`, as sigmoid(y) / sigmoid(−y); y = Σ w·z with the sign of the target.
  private func exponential(
    _ evidence: LayerEvidence, in builder: inout GraphBuilder
  ) throws(GraphError) -> Value {
    let sum = try builder.weightedSum(evidence.outputs, evidence.seeds)
    let most = Self.largestExponent
    let score = try builder.add(
      Clamp(lower: -most, upper: most), [builder.add(Multiply(), [sum, evidence.signs])])
    let negative = try builder.add(Multiply(), [score, builder.constant(-1)])
    let ratio = try builder.add(
      Divide(), [builder.add(Sigmoid(), [score]), builder.add(Sigmoid(), [negative])])
    return try builder.add(Reshape([1, 1, 1, 1]), [ratio])
  }

  /// Why maps may be empty.
  public func emptyReasons(at place: String) -> EmptyReasons {
    EmptyReasons(
      nowherePositive: "no gradient is positive at an active channel of layer \(place), or poles of"
        + " the weights cancel it; try grad-cam, target not:... or an earlier layer",
      constant: "the weighted sum is the same everywhere at layer \(place); try an earlier layer")
  }
}
