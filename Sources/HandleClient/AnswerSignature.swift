import HandleProtocol

enum AnswerSignature {
    static func verify(_ reply: Client.Reply, key: [UInt8]) throws(ClientError) {
        throw ClientError(.serverKey, server: reply.server)
    }
}
