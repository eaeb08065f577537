import BanyanIndex
import BanyanNode
import BanyanRegistry
import BanyanTransport

/// What each error of the modules below means for a script: one total switch a type.
extension ExitCode {
    init(_ error: NodeError) {
        switch error {
        case .configuration, .exists, .missing, .keyReadableByOthers, .key, .tls, .site, .argument, .refused:
            self = .usage
        case .declined: self = .negative
        case .inUse: self = .inUse
        case .system(let error): self.init(error)
        case .index, .damaged: self = .storage
        case .submission(let error): self.init(error)
        case .account(_, let error): self.init(error)
        case .contract(_, let error): self.init(error)
        }
    }

    init(_ error: PrefixRegisterError) {
        switch error {
        case .noSuchPrefix, .noSuchEnterprise, .noSuchAccount, .noSuchFile, .prefixTaken, .certificateTaken,
            .fileTaken, .changed, .event(.notInState):
            self = .negative
        case .event, .refused: self = .usage
        case .index, .library, .files: self = .storage
        case .account(let error): self.init(error)
        case .submission(let error): self.init(error)
        }
    }

    init(_ error: AccountError) {
        switch error {
        case .nameTaken, .emailTaken, .mobileTaken, .noSuchName, .changed, .wrongCredentials, .lockedOut:
            self = .negative
        case .invalidName, .weakPassword, .refused: self = .usage
        case .index, .library: self = .storage
        case .submission(let error): self.init(error)
        }
    }

    init(_ error: SystemError) { self = error.isWrongName ? .usage : .storage }

    init(_ error: SubmissionError) {
        switch error {
        case .malformedSet, .setTooLarge: self = .usage
        case .outOfRoom, .readOnly, .store: self = .storage
        case .server(_, let isAway): self = isAway ? .unreachable : .negative
        case .closed, .busy: self = .unreachable
        }
    }

    /// The code of an error that a verb lets pass; nil for those of the argument parser.
    init?(of error: any Error) {
        switch error {
        case let error as NodeError: self.init(error)
        case let error as SubmissionError: self.init(error)
        case is ConfigurationError, is TransportError: self = .usage
        case let error as SystemError: self.init(error)
        case is IndexError: self = .storage
        default: return nil
        }
    }
}
