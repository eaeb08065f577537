import BanyanAdmin
import BanyanIndex
import BanyanRegistry
import BanyanTestSupport
import HandleProtocol

extension TestAdministrator {
    /// Sends a request, answers the challenge where one comes, and returns the messages of the last answer.
    func perform(
        _ opCode: OpCode, _ body: RequestBody, flags: OpFlags = .usual, on node: ServiceOverDataset,
        from peer: Peer = ServiceOverDataset.peer
    ) throws -> [Message] {
        let request = Self.request(opCode, body, flags: flags)
        let answers = try node.messages(request, from: peer)
        guard let first = answers.first, first.header.responseCode == .authenticationNeeded else { return answers }
        return try node.messages(proof(to: first), from: peer)
    }

    /// The code of the last answer.
    func code(
        _ opCode: OpCode, _ body: RequestBody, flags: OpFlags = .usual, on node: ServiceOverDataset,
        from peer: Peer = ServiceOverDataset.peer
    ) throws -> ResponseCode? {
        try perform(opCode, body, flags: flags, on: node, from: peer).first?.header.responseCode
    }
}

extension ServiceOverDataset {
    func messages(_ request: Message, from peer: Peer = ServiceOverDataset.peer) throws -> [Message] {
        try answers(request.bytes(), from: peer).map { try Message(parsing: $0.rawSpan) }
    }

    /// What stands under all prefixes: digests of every record.
    func digests() throws -> [PrefixListing] { try registrar.index.snapshot().prefixes(includingUnhomed: true) }

    func put(_ handle: String, _ values: [HandleValue]) throws {
        var set = ChangeSet(onConflict: .replace)
        var writer = ByteWriter()
        for value in values { value.write(to: &writer) }
        set.append(.put(handle: Array(handle.utf8), values: writer.bytes))
        if let rejection = try registrar.submit(set).rejections.first { throw rejection.error }
    }
}
