public import HandleProtocol

/// A site record in a file: the Handle tools' `siteinfo.bin`, its hexadecimal digits, or JSON.
public enum SiteFile {
    public enum Format: String, Sendable, CaseIterable {
        case binary
        case hex
        case json
    }

    public static func site(inFile path: String) throws(NodeError) -> Site {
        let bytes = try system { () throws(SystemError) in try SystemFile.read(path, byteCountMax: 1 << 20) }
        do {
            return try site(in: bytes)
        } catch let error as RecordError {
            throw .site(path: path, "\(error)")
        } catch let error as WireError {
            throw .site(path: path, "\(error)")
        } catch {
            throw .site(path: path, "no site record")
        }
    }

    static func site(in bytes: [UInt8]) throws -> Site {
        if bytes.first(where: { !HexText.isSpace($0) }) == UInt8(ascii: "{") { return try Site(json: bytes.rawSpan) }
        let record = HexText.bytes(bytes) ?? bytes
        return try Site(parsing: record.rawSpan)
    }

    public static func write(_ site: Site, as format: Format) -> [UInt8] {
        switch format {
        case .binary: site.bytes
        case .hex: Hex.encode(site.bytes) + [UInt8(ascii: "\n")]
        case .json: site.json + [UInt8(ascii: "\n")]
        }
    }
}
