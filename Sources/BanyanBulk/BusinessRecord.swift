import BanyanRegistry
import HandleProtocol

/// A record as SNMS answers and takes it:
///
///     {"handle":"88.118.8/SN-1","templateVersion":"pump-v2",
///      "value":[{"index":2000,"type":"model","auth":"","data":{"format":"string","value":"P-7"}}]}
///
/// It becomes what registering it through that interface makes: the values, and the template's version in a value of
/// its own.
enum BusinessRecord {
    static func parse(_ text: RawSpan, into buffer: inout RecordBuffer) throws(RowError) {
        buffer.removeAll()
        var reader = JSONReader(text)
        var values: [HandleValue] = []
        var handle: [UInt8]?
        var version: [UInt8] = []
        var field = ""
        do throws(JSONError) {
            try reader.beginObject()
            var isFirst = true
            while let name = try reader.nextMember(isFirst: &isFirst) {
                switch name {
                case "handle":
                    field = "handle"
                    handle = reader.contents(try reader.readString())
                case "templateVersion":
                    field = "templateVersion"
                    version = try looseText(&reader)
                case "value":
                    try reader.beginArray()
                    var isFirstValue = true
                    while try reader.nextElement(isFirst: &isFirstValue) {
                        field = "value[\(values.count + 1)]"
                        values.append(try value(&reader))
                    }
                default: try reader.skipValue()
                }
                field = ""
            }
            try reader.end()
        } catch {
            throw RowError(field: field, "\(error.reason) (column \(error.offset + 1))")
        }
        guard let handle else { throw RowError(field: "handle", "the member is missing; add it") }
        buffer.setHandle(handle.rawSpan)
        let own = [TemplateRules.referenceIndex, TemplateRules.oldReferenceIndex]
        values.removeAll { own.contains($0.index) && $0.type.starts(with: Array("TEMPLATE".utf8)) }
        if !version.isEmpty {
            values.append(
                HandleValue(index: TemplateRules.referenceIndex, type: Array("TEMPLATE".utf8), data: version))
        }
        for value in values.sorted(by: { $0.index < $1.index }) { buffer.append(value) }
    }

    private static func value(_ reader: inout JSONReader) throws(JSONError) -> HandleValue {
        var index: UInt32?
        var type: [UInt8] = []
        var data: [UInt8]?
        let start = reader.position
        try reader.beginObject()
        var isFirst = true
        while let name = try reader.nextMember(isFirst: &isFirst) {
            switch name {
            case "index":
                let place = reader.position
                index = UInt32(String(decoding: try looseText(&reader), as: UTF8.self))
                guard index != nil else { throw JSONError(.wanted("a whole number"), offset: place) }
            case "type": type = try looseText(&reader)
            case "data": data = try Self.data(&reader)
            default: try reader.skipValue()
            }
        }
        guard let index, let data, !type.isEmpty else {
            throw JSONError(.wanted("a value with index, type and data"), offset: start)
        }
        return HandleValue(index: index, type: type, data: data)
    }

    /// `{"format":"string","value":"…"}`, or the text bare. The manual's tables misspell the member.
    private static func data(_ reader: inout JSONReader) throws(JSONError) -> [UInt8] {
        guard try reader.peek() == .object else { return try looseText(&reader) }
        let start = reader.position
        var data: [UInt8]?
        try reader.beginObject()
        var isFirst = true
        while let name = try reader.nextMember(isFirst: &isFirst) {
            switch name {
            case "value", "vlaue": data = try looseText(&reader)
            case "format":
                let place = reader.position
                guard try looseText(&reader) == Array("string".utf8) else {
                    throw JSONError(.wanted("the format string"), offset: place)
                }
            default: try reader.skipValue()
            }
        }
        guard let data else { throw JSONError(.wanted("a member value"), offset: start) }
        return data
    }

    /// A string, or a number's characters; null is as an empty string.
    private static func looseText(_ reader: inout JSONReader) throws(JSONError) -> [UInt8] {
        switch try reader.peek() {
        case .number:
            let characters = try reader.readNumber()
            return reader.text(characters)
        case .literal:
            let start = reader.position
            try reader.skipValue()
            guard reader.position - start == 4, reader.text(start..<reader.position) == Array("null".utf8) else {
                throw JSONError(.wanted("a string"), offset: start)
            }
            return []
        default: return reader.contents(try reader.readString())
        }
    }
}
