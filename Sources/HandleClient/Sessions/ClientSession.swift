import HandleCrypto
import HandleProtocol

/// The client's end of an open session: makes requests the session's, and opens and checks answers (RFC 3652 §2.2.4,
/// §3.8). Counters begin at 1 and rise; of the server's none is taken twice.
struct ClientSession: Sendable {
    /// What envelopes name it by; 0 for a login, which belongs to its connection.
    let number: UInt32
    /// Nil for a login.
    let cipher: SessionCipher?
    let encrypts: Bool
    let authenticatesAnswers: Bool
    private var counter: UInt32
    private var seen = CounterWindow()

    /// - Parameter counter: Of the last request so far.
    init(
        number: UInt32, cipher: SessionCipher?, encrypts: Bool, authenticatesAnswers: Bool, counter: UInt32 = 0
    ) {
        self.number = number
        self.cipher = cipher
        self.encrypts = encrypts
        self.authenticatesAnswers = authenticatesAnswers
        self.counter = counter
    }

    static let login = ClientSession(number: 0, cipher: nil, encrypts: false, authenticatesAnswers: false)

    /// Gives the request its session, flags and code; its bytes as they are sent.
    mutating func protect(_ request: inout Message) throws(ClientError) -> [UInt8] {
        request.envelope.sessionID = number
        guard let cipher else { return request.bytes() }
        if authenticatesAnswers { request.header.flags.insert(.certify) }
        if encrypts { request.header.flags.insert(.encrypt) }
        counter &+= 1
        do throws(CryptoError) {
            request.credential = CredentialField(
                MessageCertificate.authenticate(request, counter: counter, sessionKey: cipher.key))
            guard encrypts else { return request.bytes() }
            let ciphertext = try cipher.encrypt(request.content(), version: request.envelope.version)
            return SealedMessage(envelope: request.envelope, ciphertext: ciphertext).bytes()
        } catch {
            throw ClientError(.unusableKey)
        }
    }

    /// A whole answer as it came, in clear: nil where it is encrypted and does not open.
    func open(_ bytes: RawSpan) throws(ClientError) -> (message: Message, wasSealed: Bool) {
        guard let sealed = try? SealedMessage(parsing: bytes) else {
            do throws(WireError) { return (try Message(parsing: bytes), false) } catch {
                throw ClientError(.malformedAnswer)
            }
        }
        guard let cipher, let content = try? cipher.decrypt(sealed.ciphertext, version: sealed.envelope.version) else {
            throw ClientError(.notOfSession)
        }
        var envelope = sealed.envelope
        envelope.flags.remove(.encrypted)
        do throws(WireError) { return (try Message(envelope: envelope, content: content.rawSpan), true) } catch {
            throw ClientError(.notOfSession)
        }
    }

    /// Whether the answer is the session's, in this order:
    ///  1. What was to be encrypted is.
    ///  2. It has an authentication code where one was asked for, by the session's key.
    ///  3. Its counter has not been seen.
    mutating func check(_ answer: Message, wasSealed: Bool) throws(ClientError) {
        guard let cipher else { return }
        guard wasSealed || !encrypts else { throw ClientError(.notOfSession) }
        guard authenticatesAnswers else { return }
        guard let credential = try? answer.credential.parsed(),
            MessageCertificate.isAuthentic(answer, credential, sessionKey: cipher.key)
        else { throw ClientError(.notOfSession) }
        guard seen.take(credential.sessionCounter) || !answer.envelope.version.hasFeatures(of2: 5) else {
            throw ClientError(.notOfSession)
        }
    }
}
