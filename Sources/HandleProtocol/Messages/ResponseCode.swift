/// How a request ended (RFC 3652 §2.2.2.2). Open: a code that we do not know survives a round trip.
public struct ResponseCode: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt32
    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Not an answer.
    public static let request = ResponseCode(rawValue: 0)
    public static let success = ResponseCode(rawValue: 1)
    public static let error = ResponseCode(rawValue: 2)
    public static let serverTooBusy = ResponseCode(rawValue: 3)
    public static let protocolError = ResponseCode(rawValue: 4)
    public static let operationNotSupported = ResponseCode(rawValue: 5)
    public static let recursionCountTooHigh = ResponseCode(rawValue: 6)
    public static let serverReadOnly = ResponseCode(rawValue: 7)
    public static let handleNotFound = ResponseCode(rawValue: 100)
    public static let handleAlreadyExists = ResponseCode(rawValue: 101)
    public static let invalidHandle = ResponseCode(rawValue: 102)
    public static let valuesNotFound = ResponseCode(rawValue: 200)
    public static let valueAlreadyExists = ResponseCode(rawValue: 201)
    public static let invalidValue = ResponseCode(rawValue: 202)
    public static let outOfDateSiteInfo = ResponseCode(rawValue: 300)
    public static let serverNotResponsible = ResponseCode(rawValue: 301)
    public static let serviceReferral = ResponseCode(rawValue: 302)
    public static let prefixReferral = ResponseCode(rawValue: 303)
    public static let notAdministrator = ResponseCode(rawValue: 400)
    public static let insufficientPermissions = ResponseCode(rawValue: 401)
    public static let authenticationNeeded = ResponseCode(rawValue: 402)
    public static let authenticationFailed = ResponseCode(rawValue: 403)
    public static let invalidCredential = ResponseCode(rawValue: 404)
    public static let authenticationTimeout = ResponseCode(rawValue: 405)
    public static let authenticationError = ResponseCode(rawValue: 406)
    /// Chinese clients.
    public static let alreadyLoggedIn = ResponseCode(rawValue: 407)
    /// Chinese clients.
    public static let loginNeeded = ResponseCode(rawValue: 408)
    public static let sessionTimeout = ResponseCode(rawValue: 500)
    public static let sessionFailed = ResponseCode(rawValue: 501)
    public static let invalidSessionKey = ResponseCode(rawValue: 502)
    public static let needRSAKey = ResponseCode(rawValue: 503)
    public static let invalidSessionSetup = ResponseCode(rawValue: 504)
    public static let sessionMessageRejected = ResponseCode(rawValue: 505)
    /// The prefix has as many identifiers as it may have; known to the Teleinfo SDK.
    public static let registrationLimit = ResponseCode(rawValue: 604)
}
