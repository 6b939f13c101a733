import Graphs

/// All operators, as types and by name.
public enum OperatorCatalogue {
  /// The type of every operator, sorted by name.
  public static let types: [any Operator.Type] = [
    Accumulate.self, AdamWUpdate.self, Add.self, Arena.self, ArgMax.self, ArgMin.self,
    AveragePool.self, AveragePoolGradient.self, BatchNorm.self, BatchNormGradient.self,
    BatchNormScaleGradient.self, BatchVariance.self, Broadcast.self, Clamp.self, Concat.self,
    Conv2D.self, Conv2DDataGradient.self, Conv2DWeightGradient.self, Divide.self, Gather.self,
    GaussianBlur.self, GaussianBlurGradient.self, GlobalAveragePool.self, GroupSpread.self,
    GroupSum.self, HardSigmoid.self, HardSwish.self, Linear.self, LinearDataGradient.self,
    LinearImputation.self, LinearWeightGradient.self, LogSoftmax.self, Logarithm.self,
    MaskedBlend.self, MaxPool.self, MaxPoolGradient.self, MinMax.self, Multiply.self, OneHot.self,
    Ones.self, Pad.self, Percentile.self, PercentileGradient.self, PrincipalMap.self,
    RandomGrid.self, RandomNumbers.self, Rank.self, ReduceMax.self, ReduceMean.self, ReduceMin.self,
    ReduceSum.self, ReLU.self, Reshape.self, ResizeBilinear.self, ResizeBilinearGradient.self,
    ScatterAdd.self, SGDUpdate.self, ShiftedGrid.self, Sigmoid.self, SiLU.self, Slice.self,
    Softmax.self, SquareRoot.self, Step.self, Subtract.self, TopK.self, Transpose.self,
    WeightedChannelSum.self,
  ]

  /// The name of every operator, sorted: the stems of its kernel, its launch file and its cases.
  public static let names: [String] = types.map { $0.name }
}
