// BanyanSync: keeps this node in step with others. It knows the index and the one way to write, and asks others through
// HandleClient; it answers nobody.
//
//   Mirror              follows a primary for as long as the node runs
//   NodeFollowing       a primary of our kind: its journal, entry by entry, as it is committed
//   NodeSeeding         everything that such a primary has, as it is stored
//   ReferenceFollowing  a primary of the reference's kind: its transactions, question by question
//   ReferenceSeeding    everything that such a primary has
//   NodeComparison      two nodes, record by record, by their digests
//   UpstreamLink        tells the upstream what the outbox holds, and does what it says: EPP over TLS
//   Backoff             how long to wait before the next attempt
