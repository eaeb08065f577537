import BanyanTestSupport
import HandleProtocol
import Testing

/// Typed data of HS_ values: each record that was recorded is parsed and written back.
@Suite("Typed records (RFC 3651 §3.2)")
struct RecordTests {
    static func vectors(_ start: String) throws -> [(vector: Vector, bytes: [UInt8])] {
        try Vectors.load("encodings").filter { $0.name.hasPrefix(start) }.compactMap { vector in
            vector.fields["encoded_hex"].hex.map { (vector, $0) }
        }
    }

    @Test("HS_ADMIN records are those of the reference")
    func administrators() throws {
        let vectors = try Self.vectors("hs-admin-")
        #expect(vectors.count == 12)
        for (position, (_, bytes)) in vectors.enumerated() {
            let record = try AdminRecord(parsing: bytes.rawSpan)
            #expect(record.permissions.rawValue == 1 << position)
            #expect(record.administrator == ValueReference("300:0.NA/88.100.1"))
            var writer = ByteWriter()
            record.write(to: &writer)
            #expect(writer.bytes == bytes)
        }
    }

    @Test("two bytes of old padding are kept, and any other length is refused")
    func legacyLength() throws {
        var writer = ByteWriter()
        AdminRecord(permissions: .all, administrator: ValueReference(handle: [0x31], index: 1)).write(to: &writer)
        let usual = writer.bytes
        let legacy = usual + [0, 0]
        let record = try AdminRecord(parsing: legacy.rawSpan)
        #expect(record.legacyPadding == 0)
        var second = ByteWriter()
        record.write(to: &second)
        #expect(second.bytes == legacy)
        for bytes in [usual + [0], usual + [0, 0, 0], Array(usual.dropLast())] {
            #expect(throws: WireError.self) { try AdminRecord(parsing: bytes.rawSpan) }
        }
    }

    @Test("permission digits stand in the order of each text form")
    func permissionText() throws {
        let permissions: AdminPermissions = [.addHandle, .readValue]
        #expect(String(decoding: permissions.text, as: UTF8.self) == "010000000001")
        #expect(String(decoding: permissions.batchText, as: UTF8.self) == "100000010000")
        for bits in UInt16(0)...0x0FFF {
            let value = AdminPermissions(rawValue: bits)
            #expect(AdminPermissions(text: value.text.rawSpan) == value)
            #expect(AdminPermissions(batchText: value.batchText.rawSpan) == value)
        }
    }

    @Test("lists, sites and keys are parsed and written back")
    func roundTrips() throws {
        for (_, bytes) in try Self.vectors("hs-vlist") {
            var writer = ByteWriter()
            try ValueList(parsing: bytes.rawSpan).write(to: &writer)
            #expect(writer.bytes == bytes)
        }
        let sites = try Self.vectors("hs-site")
        #expect(sites.count == 6)
        for (_, bytes) in sites { #expect(try Site(parsing: bytes.rawSpan).bytes == bytes) }
    }

    @Test("bytes behind a list or a site are refused")
    func trailingBytes() throws {
        for (_, bytes) in try Self.vectors("hs-site") {
            let longer = bytes + [0]
            #expect(throws: WireError(.trailingBytes, field: "site record", offset: bytes.count)) {
                try Site(parsing: longer.rawSpan)
            }
        }
        let list: [UInt8] = [0, 0, 0, 0, 1]
        #expect(throws: WireError(.trailingBytes, field: "value list", offset: 4)) {
            try ValueList(parsing: list.rawSpan)
        }
    }

    @Test("public keys and key files are parsed and written back")
    func keys() throws {
        let vectors = try Vectors.load("encodings").filter { $0.name.hasPrefix("key") }
        for vector in vectors {
            if let bytes = vector.fields["hs_pubkey_hex"].hex {
                #expect(try PublicKeyRecord(parsing: bytes.rawSpan).bytes == bytes)
            }
            guard let bytes = vector.fields["privfile_hex"].hex ?? vector.fields["file_hex"].hex else { continue }
            let file = try PrivateKeyFile(parsing: bytes.rawSpan)
            var writer = ByteWriter()
            file.write(to: &writer)
            #expect(writer.bytes == bytes)
            guard case .plain(let record) = file.content else { continue }
            var second = ByteWriter()
            try PrivateKeyRecord(parsing: record.rawSpan).write(to: &second)
            #expect(second.bytes == record)
        }
        let rsa = try #require(vectors.first { $0.name == "key-rsa" }?.fields["hs_pubkey_hex"].hex)
        let record = try PublicKeyRecord(parsing: rsa.rawSpan)
        guard case .rsa(let exponent, let modulus) = record.key else { throw RecordTestError.otherKind }
        #expect(exponent == [1, 0, 1])
        #expect(modulus.count == 257)
        #expect(record == .rsa(exponent: exponent, modulus: modulus))
    }

    enum RecordTestError: Error { case otherKind }

    @Test("a key is never described")
    func secrecy() throws {
        let key = PrivateKeyRecord(.rsa(modulus: [77, 77], exponent: [78]))
        #expect(!"\(key)\(String(reflecting: key))".contains("7"))
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("77"))
    }

    @Test("PEM text is a public key, with its line ends as they came")
    func pem() throws {
        let vector = try Vectors.load("encodings", name: "key-rsa")
        let der = try #require(vector.fields["spki_der_hex"].hex)
        let text = PEM.encode(label: "PUBLIC KEY", der)
        let windows = Array(String(decoding: text, as: UTF8.self).replacing("\n", with: "\r\n").utf8)
        for form in [text, windows, [0x0A] + text] {
            let record = try PublicKeyRecord(parsing: form.rawSpan)
            #expect(record.key == .pem(form))
            #expect(record.bytes == form)
            let decoded = PEM.decode(form.rawSpan)
            let block = try #require(decoded)
            #expect(String(decoding: block.label, as: UTF8.self) == "PUBLIC KEY")
            #expect(block.bytes == der)
        }
        for count in [0, 10, 30, text.count - 30] {
            let cut = Array(text.prefix(count))
            let decoded = PEM.decode(cut.rawSpan)
            #expect(decoded == nil)
        }
        let tagged = PublicKeyRecord(.sm2(text))
        #expect(try PublicKeyRecord(parsing: tagged.bytes.rawSpan) == tagged)
        let unknown = PublicKeyRecord(.other(kind: Array("SM9_PUB_KEY".utf8), [0, 0, 0, 1, 65]))
        #expect(try PublicKeyRecord(parsing: unknown.bytes.rawSpan) == unknown)
    }

    @Test("every typed record cut off anywhere is refused or kept whole, never a trap")
    func truncation() throws {
        var records = try Self.vectors("hs-").map(\.bytes)
        records += try Vectors.load("encodings").flatMap { vector in
            ["hs_pubkey_hex", "privfile_hex", "file_hex"].compactMap { vector.fields[$0].hex }
        }
        for record in records {
            for count in 0..<record.count {
                let cut = Array(record.prefix(count))
                _ = try? AdminRecord(parsing: cut.rawSpan)
                _ = try? ValueList(parsing: cut.rawSpan)
                #expect(throws: WireError.self) { try Site(parsing: cut.rawSpan) }
                if let file = try? PrivateKeyFile(parsing: cut.rawSpan) {
                    var writer = ByteWriter()
                    file.write(to: &writer)
                    #expect(writer.bytes == cut)
                }
                if let key = try? PublicKeyRecord(parsing: cut.rawSpan) { #expect(key.bytes == cut) }
                if let key = try? PrivateKeyRecord(parsing: cut.rawSpan) {
                    var writer = ByteWriter()
                    key.write(to: &writer)
                    #expect(writer.bytes == cut)
                }
            }
        }
    }
}

@Suite("Server choice in a site (RFC 3651 §3.2.2)")
struct HashOptionTests {
    @Test(
        "both forms give the part that the option names", arguments: ["88.100.1/a/b", "88.100.1", "", "/x", "0.na/z"])
    func parts(name: String) throws {
        let handle = Array(name.utf8)
        let folded = handle.map(HandleCase.fold)
        #expect(HashOption.wholeHandle.part(of: handle) == folded)
        let slash = folded.firstIndex(of: 0x2F)
        #expect(HashOption.prefix.part(of: handle) == slash.map { Array(folded[..<$0]) } ?? Array("0.NA".utf8))
        #expect(HashOption.localName.part(of: handle) == slash.map { Array(folded[($0 + 1)...]) } ?? folded)
    }

    @Test("the digest's end chooses the position")
    func positions() {
        #expect(HashOption.position(lastDigestBytes: 626_612_451, serverCount: 4) == 3)
        #expect(HashOption.position(lastDigestBytes: UInt32(bitPattern: -5), serverCount: 4) == 1)
        #expect(HashOption.position(lastDigestBytes: 0x8000_0000, serverCount: 7) == 2)
        #expect(HashOption.position(lastDigestBytes: 9, serverCount: 0) == 0)
    }
}

@Suite("Addresses in site records")
struct SiteAddressTests {
    @Test(
        "text and bytes are one",
        arguments: [
            "192.0.2.1", "2001:db8::1", "fe80::1:0:0:1", "2001:db8:0:1:1:1:1:1", "0:0:0:1::", "1:2:3:4:5:6:7:8",
            "ff02::", "::1:2:3",
        ])
    func roundTrip(text: String) { #expect(SiteAddress(text)?.description == text) }

    @Test("other spellings are read")
    func spellings() {
        #expect(SiteAddress("2001:0DB8:0:0:0:0:0:1")?.description == "2001:db8::1")
        #expect(SiteAddress("::ffff:192.0.2.1") == SiteAddress(version4: 0xC000_0201))
        #expect(SiteAddress("64:ff9b::192.0.2.33")?.description == "64:ff9b::c000:221")
    }

    @Test(
        "what is no address is refused",
        arguments: [
            "", "1.2.3", "1.2.3.256", "1.2.3.4.5", "a.b.c.d", "1..2.3", "+1.2.3.4", ":", ":::", "1::2::3", "1:2:3",
            "1:2:3:4:5:6:7:8:9", "g::", "12345::", "1:2:3:4:5:6:7::8:9", "1.2.3.4::", "::1.2.3", ":1:2:3:4:5:6:7",
        ])
    func refused(text: String) { #expect(SiteAddress(text) == nil) }
}
