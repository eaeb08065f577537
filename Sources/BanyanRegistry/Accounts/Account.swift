public import BanyanIndex
import Foundation
import OpenSSL

/// Somebody who signs in with name and password.
public struct Account: StoredDocument, Equatable {
    public static let kind = DocumentKind.account
    /// Longest name, in characters.
    public static let nameLengthMax = 50

    public var name: String
    public var role: Role
    /// Folded, without `0.NA/`.
    public var prefixes: [String]
    public var isDisabled = false
    /// Until when nobody signs in after too many failures, seconds since 1970.
    public var lockedUntil: UInt64?
    /// Seconds since 1970.
    public var created: UInt64
    /// The number of the enterprise whose account this is.
    public var enterprise: UInt64?

    public init(name: String, role: Role, prefixes: [String] = [], created: UInt64, enterprise: UInt64? = nil) {
        self.name = name
        self.role = role
        self.prefixes = prefixes
        self.created = created
        self.enterprise = enterprise
    }

    public var documentName: String { name }

    public var principal: Principal { Principal(name: name, role: role, prefixes: prefixes) }

    /// 1 to 50 characters, none of them a control, white space, a slash or a colon.
    public static func isName(_ text: String) -> Bool {
        (1...nameLengthMax).contains(text.count)
            && text.unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned,
                    .privateUse:
                    false
                default: scalar != "/" && scalar != ":" && scalar != "\u{FFFD}"
                }
            }
    }
}

/// What of an account the journal does not hold.
public struct AccountSecrets: Codable, Sendable {
    /// Of the password's SHA-256 in lower-case hexadecimal digits: some clients send that in its place.
    public var password: StoredPassword
    /// The same digits sealed with the node's data key, for enterprises' digest login.
    public var digest: [UInt8]?
    /// How to reach the person, as JSON, sealed with the node's data key.
    public var contact: [UInt8]?

    public init(password: StoredPassword, digest: [UInt8]? = nil, contact: [UInt8]? = nil) {
        self.password = password
        self.digest = digest
        self.contact = contact
    }

    public var bytes: [UInt8] { (try? JSONEncoder().encode(self)).map { Array($0) } ?? [] }

    public init?(parsing bytes: [UInt8]) {
        guard let secrets = try? JSONDecoder().decode(AccountSecrets.self, from: Data(bytes)) else { return nil }
        self = secrets
    }
}

/// How to reach a person: personal data, never in the journal.
public struct AccountContact: Codable, Equatable, Sendable {
    public var email: String
    public var mobile: String
    public var openID: String?
    public var openUserName: String?
    public var remarks: String?

    public init(
        email: String, mobile: String, openID: String? = nil, openUserName: String? = nil, remarks: String? = nil
    ) {
        self.email = email
        self.mobile = mobile
        self.openID = openID
        self.openUserName = openUserName
        self.remarks = remarks
    }
}
