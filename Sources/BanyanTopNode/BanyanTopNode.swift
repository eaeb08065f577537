// BanyanTopNode: a top-level node to rehearse with. It speaks the interfaces that were published as drafts, keeps what
// it is told in a file, and decides as it is told: by rule, or by hand. It is a server of its own that happens to be in
// the same program: it knows nothing of the node's index.
//
//   TopNodeServer    EPP over TLS (RFC 5730, RFC 5734), client certificates required
//   TopNodeRegister  what is registered there, and the queues of messages
//   TopNodeEvent     what happened, a line of the log each
//   TopNodeLog       the log: a command is answered when its line is on the disk
//   TopNodeFault     what an upstream does wrong, on request
//
// Whether the national system runs exactly these forms is not known; what is the drafts' and what is ours stands in
// RFC-notes.md.
