import HandleProtocol
import OpenSSL

/// A value's data as a person reads it: text as it is, the Handle System's own records explained, other bytes in
/// hexadecimal. What comes from outside never steers the terminal.
enum ValueText {
    /// The lines for a value's data: at least one.
    static func lines(of value: HandleValue) -> [String] {
        let type = String(decoding: value.type.map(HandleCase.fold), as: UTF8.self)
        switch type {
        case "HS_ADMIN": return administrator(value.data) ?? plain(value.data)
        case "HS_VLIST": return list(value.data) ?? plain(value.data)
        case "HS_SITE", "HS_SITE.6", "HS_SITE.PREFIX", "HS_NA_DELEGATE": return site(value.data) ?? plain(value.data)
        case "HS_PUBKEY": return [key(value.data)]
        case "HS_SECKEY": return ["a secret key, not shown (--json shows it)"]
        default: return plain(value.data)
        }
    }

    /// Text line by line; anything else as its size and its first bytes.
    static func plain(_ data: [UInt8]) -> [String] {
        guard !data.isEmpty else { return ["(empty)"] }
        guard let text = String(validating: data, as: UTF8.self), !isBinary(data) else { return [binary(data)] }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { harmless(String($0)) }
    }

    /// Control characters, and those that turn the direction of writing, by their numbers.
    static func harmless(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09: result += "    "
            case 0x00...0x1F, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069:
                result += "\\u{" + String(scalar.value, radix: 16) + "}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isBinary(_ data: [UInt8]) -> Bool {
        data.contains { $0 < 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
    }

    private static func binary(_ data: [UInt8]) -> String {
        let shown = data.prefix(24)
        var text = "\(data.count) bytes: "
        for (place, byte) in shown.enumerated() {
            if place > 0, place % 4 == 0 { text += " " }
            text += byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
        }
        return data.count > shown.count ? text + " …" : text
    }

    private static func administrator(_ data: [UInt8]) -> [String]? {
        guard let record = try? AdminRecord(parsing: data.rawSpan) else { return nil }
        let named: [(AdminPermissions, String)] = [
            (.addHandle, "add handles"), (.deleteHandle, "delete handles"), (.addDerivedPrefix, "add derived prefixes"),
            (.deleteDerivedPrefix, "delete derived prefixes"), (.modifyValue, "modify values"),
            (.removeValue, "remove values"), (.addValue, "add values"), (.readValue, "read values"),
            (.modifyAdministrator, "modify administrators"), (.removeAdministrator, "remove administrators"),
            (.addAdministrator, "add administrators"), (.listHandles, "list handles"),
        ]
        let missing = named.filter { !record.permissions.contains($0.0) }.map(\.1)
        let granted = named.filter { record.permissions.contains($0.0) }.map(\.1)
        let rights =
            switch (granted.count, missing.count) {
            case (_, 0): "may do everything"
            case (0, _): "may do nothing"
            case (_, 1...3): "may do everything but " + missing.joined(separator: ", ")
            default: "may " + granted.joined(separator: ", ")
            }
        return ["administrator " + harmless(record.administrator.description), rights]
    }

    private static func list(_ data: [UInt8]) -> [String]? {
        guard let list = try? ValueList(parsing: data.rawSpan) else { return nil }
        guard !list.references.isEmpty else { return ["(nobody)"] }
        return list.references.map { harmless($0.description) }
    }

    private static func site(_ data: [UInt8]) -> [String]? {
        guard let site = try? Site(parsing: data.rawSpan) else { return nil }
        let kind = site.isPrimary ? "primary site" : "mirror site"
        let version = "\(site.protocolVersion.major).\(site.protocolVersion.minor)"
        var head = "\(kind), serial \(site.serial), protocol \(version)"
        if site.servers.count > 1 { head += ", server chosen by " + hashName(site.hashOption) }
        var lines = [head]
        for attribute in site.attributes {
            let name = harmless(String(decoding: attribute.name, as: UTF8.self))
            lines.append(name + ": " + harmless(String(decoding: attribute.value, as: UTF8.self)))
        }
        for server in site.servers {
            let interfaces = server.interfaces.map { interface in
                let transport = interface.transport.name ?? "protocol \(interface.transport.rawValue)"
                return "\(transport) \(interface.port) \(serviceName(interface.service))"
            }
            lines.append("server \(server.id) at \(server.address): " + interfaces.joined(separator: ", "))
            if !server.publicKey.isEmpty { lines.append("  " + key(server.publicKey)) }
        }
        return lines
    }

    private static func hashName(_ option: HashOption) -> String {
        switch option {
        case .prefix: "the prefix"
        case .localName: "the local name"
        default: "the whole handle"
        }
    }

    private static func serviceName(_ service: ServiceInterface.Service) -> String {
        switch (service.contains(.query), service.contains(.administration)) {
        case (true, true): "query and administration"
        case (true, false): "query"
        case (false, true): "administration"
        case (false, false): "out of service"
        }
    }

    /// Kind, size, and a fingerprint that can be compared over the telephone.
    private static func key(_ data: [UInt8]) -> String {
        let digest = Digest.hash(data, .sha256).prefix(8).map { byte in
            byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
        }
        let fingerprint = ", SHA-256 " + digest.joined(separator: ":") + "…"
        guard let record = try? PublicKeyRecord(parsing: data.rawSpan) else {
            return "a key of unknown form" + fingerprint
        }
        func bits(_ number: [UInt8]) -> Int {
            let significant = number.drop { $0 == 0 }
            return significant.count * 8 - (significant.first?.leadingZeroBitCount ?? 0)
        }
        let kind =
            switch record.key {
            case .rsa(_, let modulus): "RSA key of \(bits(modulus)) bits"
            case .dsa(_, let p, _, _): "DSA key of \(bits(p)) bits"
            case .diffieHellman(_, let p, _): "Diffie-Hellman key of \(bits(p)) bits"
            case .sm2: "SM2 key"
            case .pem: "key in PEM form"
            case .other(let kind, _): "key of kind " + harmless(String(decoding: kind, as: UTF8.self))
            }
        return kind + fingerprint
    }
}
