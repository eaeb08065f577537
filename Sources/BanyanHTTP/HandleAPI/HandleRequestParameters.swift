import HandleProtocol

/// Parameters of the Handle API: those of the query, and those that the body of a POST adds.
extension HTTPParameters {
    /// Adds the members of a JSON object; an array is a parameter that is there more than once.
    mutating func append(json text: RawSpan) throws(HandleAnswer) {
        do throws(JSONError) {
            var reader = JSONReader(text)
            try reader.beginObject()
            var isFirst = true
            while let name = try reader.nextMemberString(isFirst: &isFirst) {
                let name = reader.text(name)
                if try reader.peek() == .array {
                    try reader.beginArray()
                    var isFirstElement = true
                    while try reader.nextElement(isFirst: &isFirstElement) {
                        append(name, try Self.scalar(&reader, text))
                    }
                } else {
                    append(name, try Self.scalar(&reader, text))
                }
            }
            try reader.end()
        } catch {
            throw HandleAnswer(.protocolError, "body: \(error)")
        }
    }

    private static func scalar(_ reader: inout JSONReader, _ text: RawSpan) throws(JSONError) -> [UInt8] {
        switch try reader.peek() {
        case .string: return reader.contents(try reader.readString())
        case .number:
            let range = try reader.readNumber()
            return text.extracting(range).array
        case .literal: return Array(try reader.readBoolean() ? "true".utf8 : "false".utf8)
        case .object, .array: throw JSONError(.wanted("a text, a number or a truth value"), offset: reader.position)
        }
    }

    /// The whole numbers of a name, which has to have no others.
    func indexes(_ name: String, handle: [UInt8]?) throws(HandleAnswer) -> [UInt32] {
        var indexes: [UInt32] = []
        for value in all(name) {
            guard let index = Int32(String(decoding: value, as: UTF8.self)) else {
                throw HandleAnswer(.protocolError, "\(name): a whole number is wanted", handle: handle)
            }
            indexes.append(UInt32(bitPattern: index))
        }
        return indexes
    }

    /// Stricter than `flag`: only `true`, in any case, is true; nil where it is absent.
    func truth(_ name: String) -> Bool? { text(name).map { $0.lowercased() == "true" } }
}
