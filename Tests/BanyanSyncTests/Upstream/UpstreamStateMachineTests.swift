import BanyanRegistry
import BanyanSync
import Testing

@Suite("The link to the upstream, event by event")
struct UpstreamStateMachineTests {
    private typealias Machine = UpstreamStateMachine

    private func response(
        _ code: EPPResponse.Code, _ data: EPPData? = nil, id: String? = nil
    ) -> UpstreamStateMachine.Event {
        var response = EPPResponse(code, "", clientTransaction: "c", serverTransaction: "s")
        response.data = data
        if let id { response.queue = (1, id) }
        return .answered(response)
    }

    private static let contract = PrefixContract(prefix: "88.118.8.1", number: 1, enterprise: 2, owner: "a", at: 0)
    private static let entry = Outbox.Entry(sequence: 5, errand: Errand(.removal, of: contract))

    /// A link that has logged in and asks for messages.
    private func loggedIn() -> UpstreamStateMachine {
        var machine = UpstreamStateMachine()
        #expect(machine.handle(.begun) == .connect)
        #expect(machine.handle(.connected) == .login)
        #expect(machine.handle(response(.done)) == .send(.requestMessage, transaction: nil))
        return machine
    }

    @Test("messages first, then the outbox, then waiting; hello and messages when they are due")
    func order() {
        var machine = loggedIn()
        #expect(machine.handle(response(.noMessages)) == .load)
        #expect(machine.handle(.loaded([])) == .wait)
        #expect(machine.handle(.helloDue) == .hello)
        #expect(machine.handle(.greeted) == .load)
        #expect(machine.handle(.loaded([])) == .wait)
        #expect(machine.handle(.messagesDue) == .send(.requestMessage, transaction: nil))
        #expect(machine.handle(response(.noMessages)) == .load)
        #expect(machine.handle(.loaded([])) == .wait)
        #expect(machine.handle(.workCame) == .load)
    }

    @Test("a message is done before it is taken off the queue; one that comes again at once ends the round")
    func messages() {
        var machine = loggedIn()
        var notice = EPPPrefixNotice(prefix: "88.118.8.1")
        notice.auditResult = 1
        let message = response(.message, .prefix(notice), id: "7")
        guard case .take(let taken) = machine.handle(message) else { return #expect(Bool(false)) }
        #expect(taken.content == .review(isPassed: true, message: ""))
        #expect(machine.handle(.taken) == .send(.acknowledgeMessage(id: "7"), transaction: nil))
        #expect(machine.handle(response(.done)) == .send(.requestMessage, transaction: nil))
        #expect(machine.handle(message) == .take(taken))
        #expect(machine.handle(.taken) == .send(.acknowledgeMessage(id: "7"), transaction: nil))
        // An acknowledgement of what is not there any more is answered so.
        #expect(machine.handle(response(.doesNotExist)) == .load)
    }

    @Test("an errand, its receipt, and the next batch")
    func errand() {
        var machine = loggedIn()
        _ = machine.handle(response(.noMessages))
        #expect(machine.handle(.loaded([Self.entry])) == .prepare(Self.entry))
        let transaction = Self.entry.errand.transaction + "-delete-identifier"
        #expect(
            machine.handle(.prepared(.removal(name: "88.118.8.1")))
                == .send(.deleteIdentifier("88.118.8.1"), transaction: transaction))
        guard case .store(let receipts) = machine.handle(response(.doesNotExist)) else { return #expect(Bool(false)) }
        #expect(receipts.map(\.outcome) == [.done] && receipts[0].sequence == 5)
        #expect(machine.handle(.stored) == .load)
    }

    @Test("after a failure what is told is stored first; then the pause, and all begins anew")
    func failure() {
        var machine = loggedIn()
        _ = machine.handle(response(.noMessages))
        let second = Outbox.Entry(sequence: 6, errand: Errand(.removal, of: Self.contract))
        _ = machine.handle(.loaded([Self.entry, second]))
        _ = machine.handle(.prepared(.removal(name: "88.118.8.1")))
        #expect(machine.handle(response(.done)) == .prepare(second))
        _ = machine.handle(.prepared(.removal(name: "88.118.8.1")))
        guard case .store(let receipts) = machine.handle(.failed(.truncated)) else { return #expect(Bool(false)) }
        #expect(receipts.map(\.sequence) == [5])
        #expect(machine.handle(.stored) == .pause(.truncated))
        #expect(machine.handle(.rested) == .connect)
        // A store that fails as well is no reason to stay.
        _ = machine.handle(.connected)
        _ = machine.handle(response(.done))
        _ = machine.handle(response(.noMessages))
        _ = machine.handle(.loaded([Self.entry]))
        _ = machine.handle(.prepared(.removal(name: "88.118.8.1")))
        guard case .store = machine.handle(response(.done)) else { return #expect(Bool(false)) }
        #expect(machine.handle(.failed(.local("full"))) == .pause(.local("full")))
    }

    @Test("a login that is refused, one that fails for now, and a session that is gone")
    func logins() {
        var machine = UpstreamStateMachine()
        _ = machine.handle(.begun)
        _ = machine.handle(.connected)
        #expect(machine.handle(response(.notAuthenticated)) == .pause(.loginRefused(code: 2_200)))
        _ = machine.handle(.rested)
        _ = machine.handle(.connected)
        #expect(machine.handle(response(.sessionLimit)) == .pause(.passing(code: 2_502)))
        machine = loggedIn()
        #expect(machine.handle(response(.notAuthenticated)) == .login)
        #expect(machine.handle(response(.done)) == .send(.requestMessage, transaction: nil))
        // Again, without anything done in between: not for ever.
        #expect(machine.handle(response(.notAuthenticated)) == .pause(.passing(code: 2_200)))
    }

    @Test("a mark that was moved means that the outbox is read anew")
    func moved() {
        var machine = loggedIn()
        _ = machine.handle(response(.noMessages))
        _ = machine.handle(.loaded([Self.entry]))
        guard case .store = machine.handle(.void(reason: "gone")) else { return #expect(Bool(false)) }
        #expect(machine.handle(.moved) == .load)
    }

    @Test("messages are looked at between batches, however long the outbox is")
    func fairness() {
        var machine = loggedIn()
        var action = machine.handle(response(.noMessages))
        var batches = 0
        while action == .load {
            _ = machine.handle(.loaded([Self.entry]))
            _ = machine.handle(.void(reason: "gone"))
            action = machine.handle(.stored)
            batches += 1
        }
        #expect(action == .send(.requestMessage, transaction: nil))
        #expect(batches == UpstreamStateMachine.batchesPerRound)
    }
}
