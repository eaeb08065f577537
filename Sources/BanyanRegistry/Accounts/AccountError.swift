public import BanyanIndex
public import OpenSSL

/// Why somebody does not sign in, or an account or token cannot be made or changed. No name and no secret is in it.
public enum AccountError: Error, Equatable, Sendable {
    /// No such name, another password, a disabled account: nobody is told which.
    case wrongCredentials
    /// Too many failures; the same may succeed after so many seconds.
    case lockedOut(seconds: Int)
    case nameTaken
    case emailTaken
    case mobileTaken
    case noSuchName
    /// What a name may hold.
    case invalidName
    case weakPassword
    /// Somebody else has changed it meanwhile.
    case changed
    case index(IndexError)
    case library(OpenSSLError)
    case submission(SubmissionError)
    case refused(RegistrationError)
}

extension AccountError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .wrongCredentials: "no such user, or another password"
        case .lockedOut(let seconds): "too many failures; try again in \(seconds) seconds"
        case .nameTaken: "there is a user of this name"
        case .emailTaken: "the address for mail is another user's"
        case .mobileTaken: "the telephone number is another user's"
        case .noSuchName: "there is none of this name"
        case .invalidName: "a name has 1 to 50 characters, without white space, slashes and colons"
        case .weakPassword: "a password has 8 to 64 characters, and is not one of those that everybody tries first"
        case .changed: "it has been changed meanwhile; try again"
        case .index(let error): error.description
        case .library(let error): error.description
        case .submission(let error): error.description
        case .refused(let error): error.description
        }
    }
}
