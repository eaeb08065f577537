// A typed record that is read is written with the same bytes. The first byte of the input says which.
import FuzzSupport
import HandleProtocol

@_cdecl("LLVMFuzzerTestOneInput")
public func testOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(start, count) { input in
        guard input.byteCount > 0 else { return }
        let bytes = input.extracting(droppingFirst: 1)
        if let again = roundTrip(input.byte(at: 0) % 9, bytes) {
            require(bytes.hasSameBytes(as: again.rawSpan), "record")
        }
    }
}

func written(_ write: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    write(&writer)
    return writer.bytes
}

/// The record's bytes written again; nil when they are not one.
func roundTrip(_ kind: UInt8, _ bytes: RawSpan) -> [UInt8]? {
    switch kind {
    case 0: (try? AdminRecord(parsing: bytes)).map { record in written { record.write(to: &$0) } }
    case 1: (try? ValueList(parsing: bytes)).map { record in written { record.write(to: &$0) } }
    case 2: (try? Site(parsing: bytes)).map { record in written { record.write(to: &$0) } }
    case 3: (try? PublicKeyRecord(parsing: bytes)).map { record in written { record.write(to: &$0) } }
    case 4: (try? PrivateKeyRecord(parsing: bytes)).map { record in written { record.write(to: &$0) } }
    case 5: (try? PrivateKeyFile(parsing: bytes)).map { record in written { record.write(to: &$0) } }
    case 6: (try? Alias(parsing: bytes)).map { record in written { record.write(to: &$0) } }
    case 7: (try? NamespaceRecord(parsing: bytes)).map { record in written { record.write(to: &$0) } }
    default: walked(bytes)
    }
}

/// Values in wire encoding, walked in place, and read one after the other: both see the same.
func walked(_ bytes: RawSpan) -> [UInt8]? {
    var view = ValueListView(bytes)
    var reader = ByteReader(bytes)
    var writer = ByteWriter()
    while true {
        let value: ValueView?
        do { value = try view.next() } catch { return nil }
        guard let value else { break }
        guard let read = try? HandleValue(parsing: &reader) else {
            require(false, "a value that is walked can be read")
            return nil
        }
        require(read.index == value.index && read.timestamp == value.timestamp, "numbers")
        require(read.permissions == value.permissions, "permissions")
        require(read.type.rawSpan.hasSameBytes(as: value.type), "type")
        require(read.data.rawSpan.hasSameBytes(as: value.data), "data")
        read.write(to: &writer)
    }
    return writer.bytes
}
