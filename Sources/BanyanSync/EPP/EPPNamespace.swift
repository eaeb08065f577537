/// The namespaces of EPP and of the objects that a secondary node provisions.
///
/// | namespace | published in |
/// |---|---|
/// | `…epp-1.0` | RFC 5730 §4.1 |
/// | `…idis-ent-1.0`, `…idis-entprefix-1.0` | draft-chen-top-level-interface-protocol |
/// | `…identifier-1.0` | draft-chen-epp-identifier-mapping |
///
/// One sample of the first draft writes `prefix-1.0`; elements are known by their names, so both are taken.
public enum EPPNamespace {
    public static let epp = "urn:ietf:params:xml:ns:epp-1.0"
    public static let enterprise = "urn:ietf:params:xml:ns:idis-ent-1.0"
    public static let prefix = "urn:ietf:params:xml:ns:idis-entprefix-1.0"
    public static let identifier = "urn:ietf:params:xml:ns:identifier-1.0"

    public static let objects = [enterprise, prefix, identifier]

    /// What elements of a namespace are written with.
    static func prefix(of namespace: String) -> String {
        switch namespace {
        case enterprise: "ent"
        case prefix: "prefix"
        case identifier: "identifier"
        default: ""
        }
    }
}
