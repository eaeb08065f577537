/// Why a measurement did not begin or did not end. The text says what to do next.
public enum BenchError: Error, Equatable, Sendable {
    /// The target is another machine, and was not named by `--allow-target`.
    case targetNotLoopback(String)
    case noKeys(String)
    case keyTooLong(line: Int)
    case badWorkload(String)
    case unreachable(String)
    /// A program that is needed beside ours: its name, and what went wrong.
    case peer(String, String)
    case node(String)
    case file(String, String)
}

extension BenchError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .targetNotLoopback(let target):
            "\(target) is not this machine: a load generator aimed at someone else's server is an attack. If it is "
                + "yours, say so by name: --allow-target \(target)"
        case .noKeys(let source): "no handle to ask for in \(source)"
        case .keyTooLong(let line): "line \(line): a handle has at most 2,048 bytes"
        case .badWorkload(let why): why
        case .unreachable(let target): "\(target) does not answer: is a server running there?"
        case .peer(let name, let why): "\(name): \(why)"
        case .node(let why): "the node under test: \(why)"
        case .file(let path, let why): "\(path): \(why)"
        }
    }
}
