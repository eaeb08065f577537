// BanyanBench: how fast, beside what. Workloads, a load generator against any Handle server, the limit programs in C
// that stand beside our figures, and the table that prints both from one run.
//
// May import HandleProtocol, OpenSSL, HandleCrypto, HandleClient, LMDB, BanyanIndex, BanyanResolver, BanyanRegistry,
// BanyanTransport, NIO and Foundation. It measures the real binary: a node is started as an operator starts it, through
// the command line.
//
// | file | what |
// |---|---|
// | Histogram | latencies, exact within 1 % |
// | ZipfDistribution, SplitMix | which key next, repeatable from a seed |
// | KeySet, Workload | which requests, how many, how fast |
// | RequestTable | requests under way; latency from the scheduled time |
// | Register/ | registrations in sessions and logins; beside bare LMDB |
// | DatagramLoad, StreamLoad | UDP and TCP |
// | Peers/ | C programs: what the kernel and bare LMDB allow |
// | FigureTable | ours, the peer's, the ratio |
