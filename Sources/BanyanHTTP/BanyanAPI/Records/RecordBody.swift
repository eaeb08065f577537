import HTTPTypes
import HandleProtocol

/// A record, or values, as a client has sent them.
struct RecordBody: Sendable {
    var values: [HandleValue] = []
    /// Nil where the body does not say.
    var state: RecordState?

    /// - Throws: what is wrong, by its place; a handle that is not that of the path.
    init(parsing body: [UInt8], of handle: [UInt8]) throws(ProblemResponse) {
        let buffer = try Self.parse(body)
        let named = buffer.handle.bytes
        guard named.isEmpty || Handle(named).folded() == Handle(handle).folded() else {
            throw ProblemResponse(.badRequest, "invalid-body", "It is not the handle of the path", field: "handle")
        }
        values = try Self.values(of: buffer)
        // An object that says so; without the member the buffer has the usual state too.
        if buffer.state != .active { state = buffer.state }
    }

    /// Values in a member of a document; null: none.
    init(values json: JSONValue, field: String) throws(ProblemResponse) {
        guard !json.isNull else { return }
        do throws(ProblemResponse) { values = try Self.values(of: Self.parse(json.bytes)) } catch {
            var problem = error
            problem.field = problem.field.map { $0.replacing("values[", with: field + "[") }
            throw problem
        }
    }

    private static func parse(_ text: [UInt8]) throws(ProblemResponse) -> RecordBuffer {
        var parser = RecordParser()
        var buffer = RecordBuffer()
        do throws(RecordError) { try parser.parseValues(text.rawSpan, into: &buffer) } catch {
            throw ProblemResponse(error)
        }
        return buffer
    }

    private static func values(of buffer: RecordBuffer) throws(ProblemResponse) -> [HandleValue] {
        guard buffer.valueCount <= Limits.valueCount, let record = try? buffer.record() else {
            throw ProblemResponse(
                .badRequest, "too-many-values", "The handle would have more than \(Limits.valueCount) values")
        }
        return record.values
    }
}

extension ProblemResponse {
    /// What is wrong with a record in JSON: its place, and the byte.
    init(_ error: RecordError) {
        self.init(
            .badRequest, "invalid-record", "The record is not as it has to be", detail: "\(error.cause)",
            field: error.path.isEmpty ? nil : error.path)
    }
}

extension [HandleValue] {
    /// In wire encoding.
    var wireBytes: [UInt8] {
        var writer = ByteWriter()
        for value in self { value.write(to: &writer) }
        return writer.bytes
    }

    /// Those that are as they were keep their time; the others get that of the change.
    func keepingTimestamps(of before: [HandleValue]) -> [HandleValue] {
        let old = Dictionary(before.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
        return map { value in
            var value = value
            value.timestamp = 0
            guard var same = old[value.index] else { return value }
            let time = same.timestamp
            same.timestamp = 0
            if same == value { value.timestamp = time }
            return value
        }
    }
}
