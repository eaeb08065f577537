/// What comes over one connection to an EPP server, put in order (RFC 5730 §2.1, RFC 5734 §3): a greeting first, then
/// one answer to each command. It holds no socket and no clock.
///
/// Rules:
///  1. An answer belongs to the command with its client transaction id. One that belongs to a command that was answered
///     before is passed over: a server that says things twice does no harm.
///  2. An answer to nothing that was asked, a document that cannot be read, or a length that nobody sends ends the
///     conversation: whatever comes behind it cannot be believed.
struct EPPConversation {
    enum Event: Equatable {
        case greeting(server: String)
        case answer(EPPResponse)
        case failed(UpstreamFailure)
    }

    private enum Awaited: Equatable {
        case nothing
        case greeting
        case answer(String)
    }

    /// How many transaction ids of answered commands are remembered.
    private static let rememberedCount = 16

    private var framer: EPPFramer
    private var awaited = Awaited.greeting
    private var answered: [String] = []
    private var hasFailed = false
    /// Answers that were passed over.
    private(set) var repeatedCount = 0

    init(documentByteCountMax: Int = XMLTree.byteCountMax) {
        framer = EPPFramer(documentByteCountMax: documentByteCountMax)
    }

    mutating func asked(transaction: String) { awaited = .answer(transaction) }
    mutating func saidHello() { awaited = .greeting }

    /// What the bytes bring.
    mutating func received(_ bytes: some Sequence<UInt8>) -> [Event] {
        guard !hasFailed else { return [] }
        framer.append(bytes)
        var events: [Event] = []
        do throws(EPPFramer.Failure) {
            while !hasFailed, let document = try framer.next() {
                if let event = read(document) { events.append(event) }
            }
        } catch {
            events.append(fail(.frame))
        }
        return events
    }

    /// The stream has ended.
    mutating func ended() -> Event? { hasFailed ? nil : fail(framer.isInsideUnit ? .truncated : .closed) }

    private mutating func read(_ document: [UInt8]) -> Event? {
        do throws(EPPError) {
            switch try EPPAnswer(parsing: document) {
            case .greeting(let server, _):
                guard awaited == .greeting else {
                    repeatedCount += 1
                    return nil
                }
                awaited = .nothing
                return .greeting(server: server)
            case .response(let response): return take(response)
            }
        } catch {
            return fail(.message(error))
        }
    }

    private mutating func take(_ response: EPPResponse) -> Event? {
        if awaited == .answer(response.clientTransaction) {
            awaited = .nothing
            answered.append(response.clientTransaction)
            if answered.count > Self.rememberedCount { answered.removeFirst() }
            return .answer(response)
        }
        if answered.contains(response.clientTransaction) {
            repeatedCount += 1
            return nil
        }
        // A server that ends a connection of its own accord names no command.
        return fail(response.code.isLast ? .passing(code: response.code.rawValue) : .stray)
    }

    private mutating func fail(_ failure: UpstreamFailure) -> Event {
        hasFailed = true
        return .failed(failure)
    }
}
