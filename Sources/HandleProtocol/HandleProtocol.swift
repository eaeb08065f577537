// HandleProtocol: the Handle System's data model and messages as pure functions between bytes and values.
//
// It does no input or output, knows no clock, and imports nothing: whoever needs the protocol, a server, a client, a
// fuzz target, takes this module alone.
//
//   Names/     handle, prefix, case folding                     RFC 3650 §3, RFC 3651 §2
//   Values/    handle value, permissions, references, types     RFC 3651 §3.1
//   Records/   typed data: HS_ADMIN, HS_SITE, HS_VLIST, keys    RFC 3651 §3.2
//   Messages/  envelope, header, bodies, credential             RFC 3652 §2, §3; DO-IRP 3.0
//   Wire/      reading and writing bytes, fragments, versions   RFC 3652 §2.1, §2.3
//   JSON/      the form that HTTP, bulk files and --json share
//
// Parse and write are neighbours in one file: a change to one without the other is seen at once.
