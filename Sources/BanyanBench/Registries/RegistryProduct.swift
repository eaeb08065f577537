/// A line of a registry as an identifier: who makes the thing, what it is called under the maker's prefix.
public struct RegistryProduct: Equatable, Sendable {
    /// The maker's name as the registry spells it.
    public var maker: String
    public var makerAddress: String?
    /// Upper-case ASCII, unique in the world: the registry's own numbers are in it.
    public var localName: String
    public var name: String
    public var url: String?
    public var description: String
    /// For a board: the maker and local name of the chip on it.
    public var component: Component?

    public struct Component: Equatable, Sendable {
        public var maker: String
        public var localName: String
    }
}
