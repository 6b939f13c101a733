/// Maps that know nothing of the network: what a method must beat when it is evaluated.
///
/// They are no methods: nothing explains with them, and `Catalogue` does not list them.
public enum Floors {
  /// Every floor.
  public static let methods: [any Explainer.Type] = [RandomMap.self, CentreMap.self]
}
