import HandleProtocol
import LMDB

/// What a document is about.
public struct DocumentKind: RawRepresentable, Hashable, Sendable {
    /// A word of lower-case letters.
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Somebody who signs in: by name.
    public static let account = DocumentKind(rawValue: "account")
    /// An access token of a program: by its public part.
    public static let token = DocumentKind(rawValue: "token")
    /// A data template: by prefix and version.
    public static let template = DocumentKind(rawValue: "template")
    /// The life of a prefix, from its application on: by prefix.
    public static let prefix = DocumentKind(rawValue: "prefix")
    /// An enterprise: by number.
    public static let enterprise = DocumentKind(rawValue: "enterprise")
    /// An uploaded file: by number.
    public static let file = DocumentKind(rawValue: "file")
    /// Something that only one may have, such as an address for mail: by a digest of it.
    public static let claim = DocumentKind(rawValue: "claim")
    /// What is to be told to the upstream: by the sequence of the journal entry that it was put there with.
    public static let outbox = DocumentKind(rawValue: "outbox")
    /// What the upstream answered: by the sequence of what was told.
    public static let receipt = DocumentKind(rawValue: "receipt")
    /// What the upstream has told us: by a digest of it.
    public static let notice = DocumentKind(rawValue: "notice")
}

/// What a document is stored under.
public struct DocumentKey: Hashable, Sendable {
    /// Longest name, in bytes of UTF-8.
    public static let nameByteCountMax = 450

    public var kind: DocumentKind
    public var name: String

    public init(_ kind: DocumentKind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    /// The name of a document that was appended: of one length, so that names sort as sequences do.
    public static func name(ofSequence sequence: UInt64) -> String {
        let text = String(sequence)
        return String(repeating: "0", count: 20 - text.utf8.count) + text
    }

    /// As a change and the journal name it: `account/rongcheng`.
    public var bytes: [UInt8] { Array("\(kind.rawValue)/\(name)".utf8) }

    var metaName: [UInt8] { MetaTable.documentName(bytes.rawSpan) }
}

/// Something that the node keeps besides handles: an account, a template, a prefix's life. Stored like a setting, under
/// `doc.` and the document's key: length of the body (u32), body, secret.
///
/// The journal gets the body before each change, never the secret; its digest covers both.
public struct Document: Equatable, Sendable {
    public var name: String
    public var body: [UInt8]
    /// What must not stand in the journal, such as the hash of a password.
    public var secret: [UInt8]
    /// The journal's sequence of its last change: what `Change.requireDocument` compares.
    public var sequence: UInt64

    /// Nil when the lengths do not add up.
    init?(name: String, value: RawSpan, sequence: UInt64) {
        guard value.byteCount >= 4 else { return nil }
        let bodyByteCount = Int(value.bigEndianUInt32(at: 0))
        guard bodyByteCount <= value.byteCount - 4 else { return nil }
        self.name = name
        body = value.extracting(4..<4 + bodyByteCount).array
        secret = value.extracting(4 + bodyByteCount..<value.byteCount).array
        self.sequence = sequence
    }
}

extension IndexSnapshot {
    /// The document of that key; nil where there is none.
    public func document(_ key: DocumentKey) throws(IndexError) -> Document? {
        guard key.name.utf8.count <= DocumentKey.nameByteCountMax else { return nil }
        let name = key.metaName
        do {
            guard let bytes = try transaction.value(for: name.rawSpan, in: index.tables.meta) else { return nil }
            return try Self.document(key.name, name.rawSpan, bytes)
        } catch {
            throw IndexError(error)
        }
    }

    /// The documents of a kind whose names begin with `start`, in the order of their names, at most `countMax`, behind
    /// the name `after` where one is given.
    public func documents(
        _ kind: DocumentKind, startingWith start: String = "", after: String? = nil, countMax: Int = .max
    ) throws(IndexError) -> [Document] {
        let head = DocumentKey(kind, "").metaName
        let range = DocumentKey(kind, start).metaName
        var found: [Document] = []
        var cursor = try cursor(in: index.tables.meta)
        do {
            var entry = try cursor.seek(after.map { DocumentKey(kind, $0).metaName + [0] } ?? range)
            while let current = entry, found.count < countMax {
                guard current.key.byteCount >= range.count,
                    current.key.extracting(first: range.count).hasSameBytes(as: range.rawSpan)
                else { break }
                let name = current.key.extracting(head.count..<current.key.byteCount).array
                found.append(
                    try Self.document(String(decoding: name, as: UTF8.self), current.key, current.value))
                entry = try cursor.next()
            }
        } catch {
            throw IndexError(error)
        }
        return found
    }

    private static func document(_ name: String, _ key: RawSpan, _ bytes: RawSpan) throws(IndexError) -> Document {
        guard let value = MetaTable.value(key: key, bytes: bytes),
            let document = Document(name: name, value: value, sequence: MetaTable.sequence(of: bytes))
        else { throw .damagedMeta }
        return document
    }
}

extension Cursor {
    @_lifetime(copy self)
    fileprivate mutating func seek(_ key: [UInt8]) throws(LMDBError) -> Entry? { try seek(key.rawSpan) }
}
