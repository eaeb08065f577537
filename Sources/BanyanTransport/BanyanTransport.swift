// BanyanTransport: the node's doors for the Handle protocol (RFC 3652 §2.3, §2.4).
//
// It moves bytes and keeps to limits; what is answered is BanyanResolver's and BanyanAdmin's business.
//
//   NodeTransport     opens all doors, drains and closes them
//   UDP/              a worker a core: receive a batch, answer it, send a batch
//   TCP/              cut streams into messages, answer each read in one write, close by rule
//   RateLimiter       what one address and its networks may draw over UDP
//   HandOffQueue      threads for signatures and administration
//   Transport…        configuration, counters, errors
