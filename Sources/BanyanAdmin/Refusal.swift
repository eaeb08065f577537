import HandleProtocol

/// Why a request is not done, as its answer says it.
struct Refusal: Error, Equatable, Sendable {
    var code: ResponseCode
    var body: AnswerBody

    init(_ code: ResponseCode, _ text: String = "") {
        self.code = code
        body = .error(ErrorBody(message: text))
    }

    /// The values that say where else to ask (RFC 3652 §3.4).
    static func referral(to values: [HandleValue]) -> Refusal {
        var refusal = Refusal(.prefixReferral)
        refusal.body = .referral(Referral(handle: [], values: values))
        return refusal
    }
}
