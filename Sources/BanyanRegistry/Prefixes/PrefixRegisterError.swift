public import BanyanIndex
public import OpenSSL

/// Why an application cannot be taken, or something cannot happen to a prefix. No name and no secret is in it.
public enum PrefixRegisterError: Error, Equatable, Sendable {
    case noSuchPrefix
    case noSuchEnterprise
    case noSuchAccount
    case noSuchFile
    /// Somebody has applied for it, or has it.
    case prefixTaken
    /// Another enterprise has given the same certificate.
    case certificateTaken
    /// The file belongs to another application, or was uploaded by somebody else.
    case fileTaken
    case event(PrefixEventError)
    /// Somebody else has changed it meanwhile.
    case changed
    case account(AccountError)
    case index(IndexError)
    case library(OpenSSLError)
    /// A file in DIR/files cannot be written or read.
    case files
    case submission(SubmissionError)
    case refused(RegistrationError)
}

extension PrefixRegisterError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noSuchPrefix: "nobody has applied for the prefix here"
        case .noSuchEnterprise: "there is no enterprise of that number"
        case .noSuchAccount: "there is no such user"
        case .noSuchFile: "there is no file of that number"
        case .prefixTaken: "the prefix is somebody's already"
        case .certificateTaken: "another enterprise has this certificate"
        case .fileTaken: "the file belongs to another application"
        case .event(let error): error.description
        case .changed: "it has been changed meanwhile; try again"
        case .account(let error): error.description
        case .index(let error): error.description
        case .library(let error): error.description
        case .files: "a file in the node's folder for files cannot be written or read"
        case .submission(let error): error.description
        case .refused(let error): error.description
        }
    }
}
