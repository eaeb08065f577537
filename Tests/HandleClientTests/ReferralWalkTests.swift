import HandleProtocol
import Testing

@testable import HandleClient

@Suite("The way from a root to an answer (RFC 3651 §3.2, RFC 3652 §3.4)")
struct ReferralWalkTests {
    static let root = ServerEndpoint(ServerAddress(host: "127.0.0.1", port: 1))

    static func site(_ ports: [UInt32], hashOption: HashOption = .wholeHandle, primary: Bool = true) -> Site {
        Site(
            serial: 3, flags: primary ? .primary : [], hashOption: hashOption,
            servers: ports.enumerated().map { place, port in
                SiteServer(
                    id: UInt32(place + 1), address: SiteAddress(version4: 0x7F00_0001), publicKey: [],
                    interfaces: [
                        ServiceInterface(service: [.query, .administration], transport: .tcp, port: port),
                        ServiceInterface(service: .query, transport: .udp, port: port),
                    ])
            })
    }

    static func value(_ type: [UInt8], _ site: Site) -> HandleValue {
        HandleValue(index: 1, type: type, data: site.bytes)
    }

    static func value(_ type: [UInt8], _ text: String) -> HandleValue {
        HandleValue(index: 1, type: type, data: Array(text.utf8))
    }

    private func walk(_ handle: String) -> ReferralWalk {
        ReferralWalk(Query(handle: Array(handle.utf8)), root: ReferralWalkTests.root, authoritative: false)
    }

    /// What is asked next: the handle and the ports.
    private func asked(_ action: ReferralWalk.Action) -> String {
        switch action {
        case .ask(let query, let endpoints):
            let ports = endpoints.compactMap { $0.address?.port }.map(String.init).joined(separator: ",")
            return "\(String(decoding: query.handle, as: UTF8.self)) at \(ports)"
        case .finished: return "finished"
        case .failed(let code): return "\(code)"
        }
    }

    @Test("a root that knows the handle is asked once")
    func direct() {
        var walk = walk("88.100.1/A")
        let steps = [asked(walk.begin()), asked(walk.received(.found([])))]
        #expect(steps == ["88.100.1/A at 1", "finished"])
    }

    @Test("a root that is not responsible is asked for the prefix, then its site for the handle")
    func prefix() {
        var walk = walk("88.100.1/A")
        let steps = [
            asked(walk.begin()), asked(walk.received(.notResponsible)),
            asked(walk.received(.found([ReferralWalkTests.value(ValueType.site, ReferralWalkTests.site([7]))]))),
            asked(walk.received(.found([]))),
        ]
        #expect(steps == ["88.100.1/A at 1", "0.NA/88.100.1 at 1", "88.100.1/A at 7", "finished"])
    }

    @Test("a site that is not responsible either ends the walk with its answer")
    func siteNotResponsible() {
        var walk = walk("88.100.1/A")
        _ = walk.begin()
        _ = walk.received(.notResponsible)
        _ = walk.received(.found([ReferralWalkTests.value(ValueType.site, ReferralWalkTests.site([7]))]))
        #expect(walk.isAskingQuery)
        let last = asked(walk.received(.notResponsible))
        #expect(last == "finished")
    }

    @Test("an unknown prefix ends the walk")
    func unknownPrefix() {
        var walk = walk("88.100.9/A")
        _ = walk.begin()
        _ = walk.received(.notResponsible)
        #expect(!walk.isAskingQuery)
        let last = asked(walk.received(.other))
        #expect(last == "finished")
    }

    @Test("a referral's values are followed, for look-ups as for the query")
    func referral() {
        var walk = walk("88.100.1/A")
        let referral = Referral(
            handle: [], values: [ReferralWalkTests.value(ValueType.prefixSite, ReferralWalkTests.site([8]))])
        let steps = [
            asked(walk.begin()), asked(walk.received(.notResponsible)), asked(walk.received(.referral(referral))),
            asked(walk.received(.found([ReferralWalkTests.value(ValueType.site, ReferralWalkTests.site([9]))]))),
            asked(walk.received(.found([]))),
        ]
        #expect(
            steps == [
                "88.100.1/A at 1", "0.NA/88.100.1 at 1", "0.NA/88.100.1 at 8", "88.100.1/A at 9", "finished",
            ])
    }

    @Test("a referral that names a handle leads to that handle's site")
    func namedHandle() {
        var walk = walk("88.100.1/A")
        let steps = [
            asked(walk.begin()), asked(walk.received(.referral(Referral(handle: Array("88.1/site".utf8))))),
            asked(walk.received(.found([ReferralWalkTests.value(ValueType.site, ReferralWalkTests.site([5]))]))),
        ]
        #expect(steps == ["88.100.1/A at 1", "88.1/site at 1", "88.100.1/A at 5"])
    }

    @Test("HS_SERV names a handle that has the site")
    func service() {
        var walk = walk("88.100.1/A")
        let steps = [
            asked(walk.begin()), asked(walk.received(.notResponsible)),
            asked(walk.received(.found([ReferralWalkTests.value(ValueType.service, "88.1/serv")]))),
            asked(walk.received(.found([ReferralWalkTests.value(ValueType.site, ReferralWalkTests.site([5]))]))),
        ]
        #expect(steps == ["88.100.1/A at 1", "0.NA/88.100.1 at 1", "88.1/serv at 1", "88.100.1/A at 5"])
    }

    @Test("services that name each other are a loop")
    func serviceLoop() {
        var walk = walk("88.100.1/A")
        _ = walk.begin()
        _ = walk.received(.notResponsible)
        let steps = [
            asked(walk.received(.found([ReferralWalkTests.value(ValueType.service, "88.1/a")]))),
            asked(walk.received(.found([ReferralWalkTests.value(ValueType.service, "88.1/b")]))),
            asked(walk.received(.found([ReferralWalkTests.value(ValueType.service, "88.1/A")]))),
        ]
        // The handle under the look-up asks once more, at what its service names: the first name, in other letters.
        #expect(steps.first == "88.1/a at 1")
        #expect(steps.last == "referralLoop")
    }

    @Test("two sites that refer to each other are a loop")
    func referralLoop() {
        var walk = walk("88.100.1/A")
        func refer(_ port: UInt32) -> ReferralWalk.Reply {
            .referral(
                Referral(
                    handle: [],
                    values: [ReferralWalkTests.value(ValueType.prefixSite, ReferralWalkTests.site([port]))]))
        }
        let steps = [
            asked(walk.begin()), asked(walk.received(refer(5))), asked(walk.received(refer(6))),
            asked(walk.received(refer(5))),
        ]
        #expect(steps == ["88.100.1/A at 1", "88.100.1/A at 5", "88.100.1/A at 6", "referralLoop"])
    }

    @Test("referrals that never end are given up")
    func bound() {
        var walk = walk("88.100.1/A")
        var action = walk.begin()
        var count = 0
        while case .ask = action, count < 100 {
            count += 1
            action = walk.received(
                .referral(
                    Referral(
                        handle: [],
                        values: [
                            ReferralWalkTests.value(
                                ValueType.prefixSite, ReferralWalkTests.site([UInt32(count + 10)]))
                        ])))
        }
        #expect(action == .failed(.tooManyReferrals))
        #expect(count == ReferralWalk.askLimit)
    }

    @Test("handles that name ever other handles are given up")
    func depth() {
        var walk = walk("88.100.1/A")
        var action = walk.begin()
        var count = 0
        while case .ask = action, count < 100 {
            count += 1
            action = walk.received(.referral(Referral(handle: Array("88.1/\(count)".utf8))))
        }
        #expect(action == .failed(.tooManyReferrals))
        #expect(count == ReferralWalk.depthLimit)
    }

    @Test("a referral without a site is an error, not an answer")
    func noSite() {
        for values in [nil, [], [ReferralWalkTests.value(ValueType.site, "not a site")]] as [[HandleValue]?] {
            var walk = walk("88.100.1/A")
            _ = walk.begin()
            let last = asked(walk.received(.referral(Referral(handle: [], values: values))))
            #expect(last == "noSite")
        }
    }

    @Test("a prefix handle itself is not looked up through itself")
    func prefixHandle() {
        var walk = walk("0.NA/88.100.1")
        let steps = [asked(walk.begin()), asked(walk.received(.notResponsible))]
        #expect(steps == ["0.NA/88.100.1 at 1", "finished"])
    }

    @Test("hops are counted from the first question on")
    func hops() {
        var walk = walk("88.100.1/A")
        _ = walk.begin()
        #expect(walk.hopCount == 0)
        _ = walk.received(.notResponsible)
        #expect(walk.hopCount == 1)
    }
}
