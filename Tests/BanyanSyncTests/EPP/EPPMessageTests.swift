import BanyanSync
import Testing

@Suite("EPP's messages (RFC 5730 §2) and the objects of a secondary node")
struct EPPMessageTests {
    static let enterprise: EPPEnterprise = {
        var form = EPPEnterprise()
        form.type = "2"
        form.certificateCode = "91370000000000000X"
        form.certificateImage = EPPEnterprise.Image(type: "jpeg", bytes: [0xFF, 0xD8, 0])
        form.chineseName = "荣成轴承 <厂>"
        form.province = "370000"
        form.city = "371000"
        form.chineseAddress = "某路1号"
        form.website = "https://example.cn/?a=1&b=2"
        form.contact = EPPEnterprise.Contact(name: "丙", email: "z@z.cn", phone: "3")
        form.legalPerson = EPPEnterprise.LegalPerson(
            name: "丁", idType: "1", idNumber: "110101199003070001",
            image: EPPEnterprise.Image(type: "png", bytes: [1, 2]))
        return form
    }()

    static let identifier: EPPIdentifier = {
        var object = EPPIdentifier(name: "88.118.8.1")
        object.administrators = [
            EPPIdentifier.Administrator(
                index: 300, keyType: "rsa_pub_key", key: "AAAA", permissions: ["add_handle", "list_handle"])
        ]
        object.sites = [
            EPPIdentifier.Site(
                index: 1, protocolVersion: "2.10",
                servers: [
                    EPPIdentifier.Server(
                        id: 1, addresses: ["192.0.2.1", "2001:db8::1"], key: "BBBB",
                        interfaces: [
                            EPPIdentifier.Interface(service: "query", transport: "udp", port: 2_641),
                            EPPIdentifier.Interface(service: "admin", transport: "tcp", port: 2_641),
                        ])
                ])
        ]
        return object
    }()

    static let commands: [EPPCommand] = {
        var change = EPPEnterpriseChange()
        change.city = "371001"
        change.contact = enterprise.contact
        var update = EPPIdentifierChange(name: "88.118.8.1")
        update.added.sites = identifier.sites
        update.added.statuses = ["clientHold"]
        update.removed.administrators = identifier.administrators
        return [
            .login(client: "88.118.8", password: "a & b"), .logout, .requestMessage, .acknowledgeMessage(id: "12"),
            .checkEnterprise(user: "88.118.8", certificateType: 3, certificateCode: "x"),
            .createEnterprise(nodePrefix: "88.118.8", enterprise),
            .replaceEnterprise(nodePrefix: "88.118.8", number: "7", enterprise),
            .changeEnterprise(user: "88.118.8", number: "7", change),
            .checkPrefix(nodePrefix: "88.118.8", prefix: "88.118.8.1"),
            .createPrefix(nodePrefix: "88.118.8", enterprise: "7", prefix: "88.118.8.1"),
            .checkIdentifiers(["88.118.8.1", "88.118.8.2"]), .identifierInfo("88.118.8.1"),
            .createIdentifier(identifier), .changeIdentifier(update), .deleteIdentifier("88.118.8.1"),
        ]
    }()

    @Test("every command is read as it was written", arguments: commands)
    func roundTrip(command: EPPCommand) throws {
        let request = EPPRequest.command(command, transaction: "abc-123")
        #expect(try EPPRequest(parsing: request.document) == request)
    }

    @Test("hello, greeting and every kind of answer are read as they were written")
    func answers() throws {
        #expect(try EPPRequest(parsing: EPPRequest.hello.document) == .hello)
        let greeting = EPPAnswer.greeting(server: "top", objects: EPPNamespace.objects)
        #expect(try EPPAnswer(parsing: greeting.document) == greeting)
        var notice = EPPPrefixNotice(prefix: "88.118.8.1")
        notice.clientTransaction = "c-1"
        notice.auditResult = 2
        notice.message = "资料不全"
        var described = Self.identifier
        described.statuses = ["ok"]
        let data: [EPPData?] = [
            nil, .enterprise(number: "7", isCheck: true), .enterprise(number: "7", isCheck: false), .prefix(notice),
            .identifierChecks([(name: "a", isFree: true), (name: "b", isFree: false)]), .identifier(described),
        ]
        for item in data {
            var response = EPPResponse(
                .message, "words <&>", clientTransaction: "c-1", serverTransaction: "s-1")
            response.queue = (3, "12")
            response.data = item
            let answer = EPPAnswer.response(response)
            #expect(try EPPAnswer(parsing: answer.document) == answer)
        }
    }

    @Test("a command in the published form: namespaces, names and order of the draft")
    func publishedForm() throws {
        let document = """
            <?xml version="1.0" encoding="UTF-8" standalone="no"?>
            <epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><create><prefix:create
              xmlns:prefix="urn:ietf:params:xml:ns:prefix-1.0"><prefix:shrPrefix>88.1000</prefix:shrPrefix>
              <prefix:entId>7</prefix:entId><prefix:prefix>88.1000.1</prefix:prefix></prefix:create></create>
              <clTRID>ABC-12345</clTRID></command></epp>
            """
        #expect(
            try EPPRequest(parsing: Array(document.utf8))
                == .command(
                    .createPrefix(nodePrefix: "88.1000", enterprise: "7", prefix: "88.1000.1"),
                    transaction: "ABC-12345"))
        let ours = EPPRequest.command(
            .checkEnterprise(user: "u", certificateType: 1, certificateCode: "c"), transaction: "ABC-1")
        #expect(
            String(decoding: ours.document, as: UTF8.self).hasSuffix(
                """
                <epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><check>\
                <ent:check xmlns:ent="urn:ietf:params:xml:ns:idis-ent-1.0"><ent:shrUserId>u</ent:shrUserId>\
                <ent:entCrtType>1</ent:entCrtType><ent:entCrtCode>c</ent:entCrtCode></ent:check></check>\
                <clTRID>ABC-1</clTRID></command></epp>
                """))
    }

    @Test(
        "what is missing or wrong is named, and never shown",
        arguments: [
            ("<epp/>", EPPError.notEPP), ("<html/>", .notEPP), ("<epp><response/></epp>", .missing("result")),
            (#"<epp><response><result code="x"/></response></epp>"#, .invalid("code")),
            (#"<epp><response><result code="999999999999999999999"/></response></epp>"#, .invalid("code")),
            (#"<epp><response><result code="1000"/></response></epp>"#, .missing("trID")),
            (
                #"<epp><response><result code="1301"/><msgQ count="x" id="1"/><trID/></response></epp>"#,
                .invalid("msgQ")
            ),
            ("<epp", .xml(.malformed)),
        ])
    func refused(text: String, error: EPPError) {
        #expect(throws: error) { try EPPAnswer(parsing: Array(text.utf8)) }
    }
}
