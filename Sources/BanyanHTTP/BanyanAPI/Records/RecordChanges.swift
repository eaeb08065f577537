import BanyanIndex
import BanyanRegistry
import HTTPTypes
import HandleProtocol

/// Changes of single records: decided on a snapshot, and done only if the record is the same when they are committed.
struct RecordChanges: Sendable {
    /// How often something is decided anew that others have changed in between.
    private static let attemptCountMax = 8

    let services: APIServices

    /// Does what `decide` makes of what is there, if the request's precondition holds and the caller may do it.
    func apply(
        _ request: APIRequest,
        _ decide: (StoredHandle.Place) throws(ProblemResponse) -> (AccessOperation, Change)
    ) throws(ProblemResponse) -> APIAnswer {
        let handle = request.handle
        for _ in 1...Self.attemptCountMax {
            let place = try services.read { (snapshot) throws(IndexError) in try snapshot.place(of: handle) }
            // Who may do nothing here is not told what there is.
            guard request.principal?.may(.read, under: Principal.prefix(of: handle)) ?? false || mayChange(request)
            else { throw ProblemResponse.forbidden(.update) }
            let (operation, change) = try decide(place)
            try request.requireChange(operation, of: handle)
            try request.checkPrecondition(version: place.handle?.sequence)
            let set = request.origin.set(of: [.require(handle: handle, sequence: place.sequence), change])
            let result: ChangeSetResult
            do throws(SubmissionError) { result = try services.registrar.submit(set) } catch {
                throw ProblemResponse(error)
            }
            if let rejection = result.rejections.first {
                if rejection.error == .recordChanged { continue }
                throw ProblemResponse(rejection.error)
            }
            return try answer(request, isNew: place.handle == nil)
        }
        throw ProblemResponse.busy
    }

    /// Puts another list of values in the place of what is there.
    func modify(
        _ request: APIRequest, _ body: (inout [HandleValue]) throws(ProblemResponse) -> Void
    ) throws(ProblemResponse) -> APIAnswer {
        try apply(request) { place throws(ProblemResponse) in
            guard let before = place.handle else { throw ProblemResponse(RegistrationError.handleNotFound) }
            guard before.state == .active else {
                throw ProblemResponse(
                    before.state == .suspended ? RegistrationError.handleSuspended : .handleWithdrawn)
            }
            let old = before.values()
            var values = old
            try body(&values)
            return (
                .update, .put(handle: request.handle, values: values.keepingTimestamps(of: old).wireBytes)
            )
        }
    }

    private func mayChange(_ request: APIRequest) -> Bool {
        let prefix = Principal.prefix(of: request.handle)
        return [.create, .update, .delete].contains { request.principal?.may($0, under: prefix) ?? false }
    }

    /// The record as it is now.
    private func answer(_ request: APIRequest, isNew: Bool) throws(ProblemResponse) -> APIAnswer {
        let place = try services.read { (snapshot) throws(IndexError) in try snapshot.place(of: request.handle) }
        guard var handle = place.handle else { return .done }
        handle.name = request.handle
        let isReader = request.mayRead(request.handle)
        return RecordRoutes.answer(handle, isWhole: isReader, status: isNew ? .created : .ok)
    }
}
