/// Lists that several bodies share (RFC 3652 §2.1).
extension ByteReader {
    /// A count (u32) and that many numbers.
    mutating func readIndexes(_ field: WireField) throws(WireError) -> [UInt32] {
        let count = try readCount(field, minimumByteCount: 4)
        var indexes: [UInt32] = []
        indexes.reserveCapacity(count)
        for _ in 0..<count { indexes.append(try readUInt32(field)) }
        return indexes
    }

    /// A count (u32) and that many length-prefixed fields.
    mutating func readList(_ field: WireField) throws(WireError) -> [[UInt8]] {
        let count = try readCount(field, minimumByteCount: 4)
        var list: [[UInt8]] = []
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try readBytes(field).array) }
        return list
    }

    /// A count (u32) and that many values.
    mutating func readValues() throws(WireError) -> [HandleValue] {
        let count = try readCount("value count", minimumByteCount: HandleValue.minimumByteCount)
        var values: [HandleValue] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try HandleValue(parsing: &self)) }
        return values
    }

    mutating func readReference(_ field: WireField, _ indexField: WireField) throws(WireError) -> ValueReference {
        let handle = try readBytes(field).array
        return ValueReference(handle: handle, index: try readUInt32(indexField))
    }
}

extension ByteWriter {
    mutating func write(_ indexes: [UInt32]) {
        write(UInt32(truncatingIfNeeded: indexes.count))
        for index in indexes { write(index) }
    }

    mutating func write(_ list: [[UInt8]]) {
        write(UInt32(truncatingIfNeeded: list.count))
        for element in list { write(element) }
    }

    mutating func write(_ values: [HandleValue]) {
        write(UInt32(truncatingIfNeeded: values.count))
        for value in values { value.write(to: &self) }
    }
}
