// BanyanHTTP: the node over HTTP.
//
//   Server/      Hummingbird with the limits that it lacks; requests, errors, access log; what a door is
//   HandleAPI/   the Handle REST API of handle.net 9 under /api, and the protocol's own messages in POST bodies
//   BanyanAPI/   the node's own API under /v1: one table of routes, which the OpenAPI document is made of
//   Proxy/       the redirecting proxy: a handle as a path
//   Operations/  health
//
// A door is a group of paths. It gets a call, whole or to be read as a stream, and gives a response, or throws a
// problem that the caller is told. What blocks (authority, proofs, commits) runs on threads of its own, never on an
// event loop or in the pool of Swift's tasks.
