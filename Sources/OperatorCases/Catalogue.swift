/// All cases.
public enum OperatorCaseCatalogue {
  /// Every case, those of one operator together, in the order of the operators' names; fused
  /// patterns last.
  public static let all: [OperatorCase] = sources.flatMap { $0.cases }

  /// The cases about an operator or a pattern.
  public static func cases(of operatorName: String) -> [OperatorCase] {
    all.filter { $0.operatorName == operatorName }
  }

  /// The operators and patterns that have cases, in the order of `all`.
  public static let operatorNames: [String] = {
    var seen: Set<String> = []
    return all.map(\.operatorName).filter { seen.insert($0).inserted }
  }()

  private static let sources: [any CaseSource.Type] = [
    AccumulateCases.self, AdamWUpdateCases.self, AddCases.self, ArenaCases.self, ArgMaxCases.self,
    ArgMinCases.self, AveragePoolCases.self, AveragePoolGradientCases.self, BatchNormCases.self,
    BatchNormGradientCases.self, BatchNormScaleGradientCases.self, BatchVarianceCases.self,
    BroadcastCases.self, ClampCases.self, ConcatCases.self, Conv2DCases.self,
    Conv2DDataGradientCases.self, Conv2DWeightGradientCases.self, DivideCases.self,
    GatherCases.self, GaussianBlurCases.self, GaussianBlurGradientCases.self,
    GlobalAveragePoolCases.self, GroupSpreadCases.self, GroupSumCases.self, HardSigmoidCases.self,
    HardSwishCases.self, LinearCases.self, LinearDataGradientCases.self, LinearImputationCases.self,
    LinearWeightGradientCases.self, LogSoftmaxCases.self, LogarithmCases.self,
    MaskedBlendCases.self, MaxPoolCases.self, MaxPoolGradientCases.self, MinMaxCases.self,
    MultiplyCases.self, OneHotCases.self, OnesCases.self, PadCases.self, PercentileCases.self,
    PercentileGradientCases.self, PrincipalMapCases.self, RandomGridCases.self,
    RandomNumbersCases.self, RankCases.self, ReduceMaxCases.self, ReduceMeanCases.self,
    ReduceMinCases.self, ReduceSumCases.self, ReLUCases.self, ReshapeCases.self,
    ResizeBilinearCases.self, ResizeBilinearGradientCases.self, ScatterAddCases.self,
    SGDUpdateCases.self, ShiftedGridCases.self, SigmoidCases.self, SiLUCases.self, SliceCases.self,
    SoftmaxCases.self, SquareRootCases.self, StepCases.self, SubtractCases.self, TopKCases.self,
    TransposeCases.self, WeightedChannelSumCases.self,
    FusedConvolutionCases.self, FusedChainCases.self, FusedConcatCases.self, FusedGateCases.self,
  ]
}
