// BanyanAdmin: what the resolver hands off: signed answers, challenges, sessions, administration.
//
//   AdminService         dispatch                              RFC 3652 §3
//   AnswerDraft          header, digest and codes of answers   RFC 3652 §2.2
//   ChallengeStore       challenges that wait for an answer    RFC 3652 §3.5
//   Sessions/            sessions, and logins of connections   RFC 3652 §3.8
//   Proof/               who asks, and the proof of it         RFC 3652 §3.5
//   Authority/           who may do what                       RFC 3651 §3.2.1
//   Operations/          what is done                          RFC 3652 §3
//   RetransmissionCache  the same datagram twice
//
// It blocks (signatures take a millisecond) and therefore runs on a pool of threads, never on a door's own. It knows no
// socket. It may import what reads and writes the index, cryptography and the log.
