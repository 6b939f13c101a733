/// The methods, in the order in which they are listed.
public enum Catalogue {
  /// Every method.
  public static let methods: [any Explainer.Type] = [
    GroupCAM.self,
    GradCAM.self,
    GradCAMPlusPlus.self,
    LayerCAM.self,
    XGradCAM.self,
    HiResCAM.self,
    CAM.self,
    EigenCAM.self,
    EigenGradCAM.self,
    ScoreCAM.self,
    AblationCAM.self,
    RISE.self,
    Occlusion.self,
    VanillaGradient.self,
    GradientTimesInput.self,
    Deconvnet.self,
    GuidedBackprop.self,
    GuidedGradCAM.self,
    IntegratedGradients.self,
    SmoothGrad.self,
    FullGrad.self,
    XRAI.self,
    TSGB.self,
  ]

  /// The method of a name; nil where there is none.
  public static func method(named name: String) -> (any Explainer.Type)? {
    methods.first { $0.name == name }
  }

  /// A method with some settings changed.
  /// - Throws: `SettingError` where the method, a setting or a value is unknown.
  public static func explainer(
    named name: String, settings: [String: String] = [:]
  ) throws(SettingError) -> any Explainer {
    guard let method = method(named: name) else {
      let names = methods.map { $0.name }
      throw SettingError(
        name,
        "no such method" + Spelling.suggestion(for: name, among: names)
          + " (\(names.joined(separator: ", ")))")
    }
    return try method.init(settings: settings)
  }
}
