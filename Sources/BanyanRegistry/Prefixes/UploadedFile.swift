public import BanyanIndex

/// A file that belongs to an application: an image of a certificate, a contract. Its bytes stand sealed in DIR/files
/// under a name that tells nothing.
public struct UploadedFile: StoredDocument, Equatable {
    public static let kind = DocumentKind.file

    /// What is taken, by its first bytes.
    public enum Format: String, Codable, Sendable {
        case jpg, png, bmp, pdf

        public init?(_ bytes: [UInt8]) {
            if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
                self = .jpg
            } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
                self = .png
            } else if bytes.starts(with: Array("BM".utf8)) {
                self = .bmp
            } else if bytes.starts(with: Array("%PDF-".utf8)) {
                self = .pdf
            } else {
                return nil
            }
        }

        /// Longest file, in bytes.
        public var byteCountMax: Int { self == .pdf ? 5 << 20 : 1 << 20 }
    }

    public var number: UInt64
    /// In DIR/files.
    public var file: String
    public var format: Format
    public var byteCount: Int
    /// Who has uploaded it.
    public var owner: String
    /// The enterprise whose application it belongs to.
    public var enterprise: UInt64?
    /// Seconds since 1970.
    public var created: UInt64

    public var documentName: String { Enterprise.documentName(number) }
}

/// Where sealed files are kept; what is written there is durable when the call returns.
public protocol SealedFiles: Sendable {
    /// - Parameter name: letters and digits of our own making, never a client's.
    func write(_ bytes: [UInt8], to name: String) throws
    func read(_ name: String) throws -> [UInt8]
    /// One that is not there is fine.
    func remove(_ name: String) throws
}
