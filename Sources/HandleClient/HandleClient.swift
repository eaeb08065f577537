// HandleClient: asks Handle servers: over UDP, then TCP; follows referrals from a root to the site that knows.
//
// May import HandleProtocol, OpenSSL (keys), HandleCrypto, TLSChannel and NIO. Useful to anyone: it knows
// nothing of this node.
//
// | file | what | RFC |
// |---|---|---|
// | ClientRequest | requests, as the reference's client makes them | 3652 §3.2.1 |
// | DatagramConversation, StreamConversation | what to do on each event: no socket, no clock | 3652 §2.3 |
// | DatagramExchange, StreamExchange | their shells on NIO | |
// | AnswerCheck | is this the answer to that request, now, by that server | 3652 §2.2.2, §2.2.4 |
// | StreamSecurity | TLS around connections | |
// | Client | one request, one answer | |
// | Administration, AdministrativeRequest | what only administrators may, over TCP | 3652 §3.6 |
// | ClientAuthentication | the proof that a challenge asks for | 3652 §3.5 |
// | AdministrationConversation, AdministrationExchange | request, challenge, proof, answer; and the shell | 3652 §3.5 |
// | ReferralWalk, Resolution | from a root to the answer | 3651 §3.2, 3652 §3.4 |
// | SiteChoice, ServerEndpoint | which server of which site, and where | 3651 §3.2.2 |
// | AnswerSignature | is it signed by the server of the site | 3652 §2.2.4 |
