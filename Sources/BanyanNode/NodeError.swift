public import BanyanIndex
public import BanyanRegistry
public import HandleCrypto
public import TLSChannel

/// Why a node cannot be made, read or run. Texts say what to do next, and never hold a value or a key.
public enum NodeError: Error, Sendable {
    case configuration(ConfigurationError)
    case system(SystemError)
    /// The directory holds a node already.
    case exists(String)
    /// The directory holds none.
    case missing(String)
    /// Another process serves or writes the directory.
    case inUse(String)
    /// A private key that more than its owner's group may read.
    case keyReadableByOthers(String)
    /// A file that should hold a key.
    case key(path: String, CryptoError)
    /// A certificate for TLS, or its key, that cannot be used.
    case tls(TLSError)
    /// A file that should hold a site record, and what is wrong with it.
    case site(path: String, String)
    /// An argument, and what would be accepted.
    case argument(String, accepted: String)
    case index(IndexError)
    case submission(SubmissionError)
    /// A change of the operator's that the rules refuse.
    case refused(String, RegistrationError)
    /// An account or token, and why it cannot be made or changed.
    case account(String, AccountError)
    /// A prefix that was applied for, and why nothing can happen to it.
    case contract(String, PrefixRegisterError)
    /// The answer is no, and why: nothing was done.
    case declined(String)
    /// A check that found something wrong.
    case damaged(String)
}

extension NodeError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .configuration(let error): error.description
        case .system(let error): error.description
        case .exists(let path): "\(path) holds a node already; nothing was changed"
        case .missing(let path): "\(path) holds no node; make one with: banyan init --data \(path) --prefix P"
        case .inUse(let path): "\(path) is in use by another node"
        case .keyReadableByOthers(let path):
            "\(path) can be read by others, or belongs to one; chown it to the node's user and chmod 600 it"
        case .key(let path, let error): "\(path): \(error)"
        case .tls(let error): error.description
        case .site(let path, let problem): "\(path): \(problem)"
        case .argument(let problem, let accepted): "\(problem); accepted: \(accepted)"
        case .index(let error): error.description
        case .submission(let error): error.description
        case .refused(let what, let error): "\(what): \(error)"
        case .account(let what, let error): "\(what): \(error)"
        case .contract(let what, let error): "\(what): \(error)"
        case .declined(let why): why
        case .damaged(let what): what
        }
    }
}

/// Runs `body`, whose errors are the system's, and throws them as a node's.
func system<Result>(_ body: () throws(SystemError) -> Result) throws(NodeError) -> Result {
    do { return try body() } catch { throw .system(error) }
}
