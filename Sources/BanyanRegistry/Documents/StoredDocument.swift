public import BanyanIndex
import Foundation

/// Something that is kept as a document: its members as JSON, so that a later version can add some.
public protocol StoredDocument: Codable, Sendable {
    static var kind: DocumentKind { get }
    /// Under what it is stored; unique among its kind.
    var documentName: String { get }
}

/// A document with what goes with it.
public struct Stored<Value: StoredDocument>: Sendable {
    public var value: Value
    /// What the journal does not hold.
    public var secret: [UInt8]
    public var sequence: UInt64

    init(_ document: Document) throws(IndexError) {
        guard let value = try? JSONDecoder().decode(Value.self, from: Data(document.body)) else { throw .damagedMeta }
        self.value = value
        secret = document.secret
        sequence = document.sequence
    }
}

extension StoredDocument {
    public var documentKey: DocumentKey { DocumentKey(Self.kind, documentName) }

    /// Its members as JSON, in the order of their names: so that what is the same has the same bytes.
    var body: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Numbers, texts and lists of them: nothing in a document can fail to be written.
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }

    /// Stores it where there is none.
    public func creation(secret: [UInt8] = []) -> [Change] {
        [.requireDocument(documentKey, sequence: 0), .setDocument(documentKey, body: body, secret: secret)]
    }

    /// Stores it in place of what was read with this sequence.
    public func update(of sequence: UInt64, secret: [UInt8] = []) -> [Change] {
        [.requireDocument(documentKey, sequence: sequence), .setDocument(documentKey, body: body, secret: secret)]
    }

    /// Removes what was read with this sequence.
    public func removal(of sequence: UInt64) -> [Change] {
        [.requireDocument(documentKey, sequence: sequence), .removeDocument(documentKey)]
    }
}

extension IndexSnapshot {
    /// The document of that name, read.
    public func stored<Value: StoredDocument>(
        _ type: Value.Type, _ name: String
    ) throws(IndexError) -> Stored<Value>? {
        guard let document = try document(DocumentKey(Value.kind, name)) else { return nil }
        return try Stored(document)
    }

    /// The documents of a kind whose names begin with `start`, in the order of their names.
    public func allStored<Value: StoredDocument>(
        _ type: Value.Type, startingWith start: String = ""
    ) throws(IndexError) -> [Stored<Value>] {
        var stored: [Stored<Value>] = []
        for document in try documents(Value.kind, startingWith: start) { stored.append(try Stored(document)) }
        return stored
    }
}
