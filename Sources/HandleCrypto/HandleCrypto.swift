// HandleCrypto: what the Handle System does with digests, keys, ciphers. No cryptography of its own: OpenSSL's overlay
// does it; here stands what is signed, how keys are written down, and which algorithm a version takes.
//
//   MessageCertificate   signed and authenticated messages     RFC 3652 §2.2.4
//   RequestDigest        digest of a request                   RFC 3652 §2.2.3
//   ChallengeProof       who knows a key                       RFC 3652 §3.5
//   SessionCipher        encrypted messages                    RFC 3652 §2.2.1, §3.8
//   SessionKeyAgreement  how a session gets its key            RFC 3652 §3.8
//   KeyFormats, KeyFile  keys in values and files              RFC 3651 §3.2.3
//   ServerSelection      which server of a site                RFC 3651 §3.2.2
//
// It may import HandleProtocol and OpenSSL.
