import Foundation
import HandleClient
import HandleCrypto
import HandleProtocol
import OpenSSL

/// Registering over TCP, interleaved with bare LMDB that commits as many new records of the same size in random order,
/// each with a journal entry; and what resolving keeps of its speed meanwhile. Both sides begin with the same records.
struct RegisterRun {
    let suite: Suite
    let node: NodeUnderTest
    let peers: Peers
    /// Data of the C program, with as many records as the node has.
    let bare: String
    /// File of resolution requests, one a line in hexadecimal digits.
    let requests: String

    static let window = 256

    private struct Rates {
        var single: [Double] = []
        var singleLimit: [Double] = []
        var session: [Double] = []
        var login: [Double] = []
        var batchLimit: [Double] = []
        var idle: [Double] = []
        var loaded: [Double] = []
        var meanwhile: [Double] = []
    }

    func measure(into table: inout FigureTable) async throws {
        let serving = try await node.serve(core: nil, tableMemory: "\(64 + suite.count / 2_000)MiB")
        let load = try registration(at: serving)
        let port = serving.datagram.port
        var rates = Rates()
        for round in 1...max(1, suite.rounds) {
            suite.progress("registering, round \(round) of \(max(1, suite.rounds))")
            rates.singleLimit.append(try limit(group: 1))
            rates.single.append(try await rate(load, window: 1))
            rates.batchLimit.append(try limit(group: Self.window))
            rates.session.append(try await rate(load, window: Self.window))
            rates.login.append(try await rate(load, window: Self.window, kind: .login))
            suite.progress("resolving while registering, round \(round) of \(max(1, suite.rounds))")
            rates.idle.append(try resolve(port))
            async let registered = rate(load, window: Self.window, kind: .login, seconds: suite.seconds + 1)
            // The registration is under way when the resolving begins, and outlasts it.
            try await Task.sleep(for: .milliseconds(300))
            rates.loaded.append(try await Task.detached { [self] in try resolve(port) }.value)
            rates.meanwhile.append(try await registered)
        }
        serving.process.end()
        append(rates, to: &table)
    }

    private func append(_ rates: Rates, to table: inout FigureTable) {
        let limit = "bare LMDB, record and journal"
        table.figures += [
            Figure(
                "register, 1 in flight, session", unit: "records/s", ours: Quantity.median(rates.single),
                peerName: limit + ", groups of 1", peer: Quantity.median(rates.singleLimit)),
            Figure(
                "register, 256 in flight, session", unit: "records/s", ours: Quantity.median(rates.session),
                peerName: limit + ", groups of 256", peer: Quantity.median(rates.batchLimit)),
            Figure(
                "register, 256 in flight, login", unit: "records/s", ours: Quantity.median(rates.login),
                peerName: limit + ", groups of 256", peer: Quantity.median(rates.batchLimit)),
            Figure(
                "resolve over UDP while registering", unit: "answers/s", ours: Quantity.median(rates.loaded),
                peerName: "the same node, idle", peer: Quantity.median(rates.idle)),
            Figure(
                "register while resolving over UDP", unit: "records/s", ours: Quantity.median(rates.meanwhile)),
        ]
    }

    private func registration(at serving: NodeUnderTest.Serving) throws -> RegistrationLoad {
        let path = node.directory + "/keys/admin-300-0.NA-\(RecordGenerator.prefix).pem"
        guard let text = FileManager.default.contents(atPath: path) else { throw BenchError.file(path, "is not there") }
        let key: PrivateKey
        do throws(CryptoError) { key = try KeyFile.read(Array(text)) } catch { throw BenchError.file(path, "\(error)") }
        let identity = ValueReference(handle: Array("0.NA/\(RecordGenerator.prefix)".utf8), index: 300)
        return RegistrationLoad(
            target: try LoadTarget(serving.stream),
            authentication: ClientAuthentication(identity, key: .privateKey(key)), prefix: RecordGenerator.prefix)
    }

    private func rate(
        _ load: RegistrationLoad, window: Int, kind: SessionOptions.Kind = .diffieHellman, seconds: Double? = nil
    ) async throws -> Double {
        var load = load
        load.options.kind = kind
        load.options.window = window
        load.seconds = seconds ?? suite.seconds
        let result = try await load.run()
        guard result.refused == 0, result.lost == 0 else {
            throw BenchError.node("\(result.refused) registrations were refused, \(result.lost) lost")
        }
        return result.rate
    }

    private func limit(group: Int) throws -> Double {
        let arguments = ["register", bare, "\(suite.seconds)", "\(group)", "\(RecordGenerator.recordByteCount)"]
        return Peers.recordsPerSecond(try peers.start(.lmdblimit, arguments).finish()) ?? 0
    }

    private func resolve(_ port: Int) throws -> Double {
        let arguments = [
            "-f", requests, "-p", "\(port)", "-t", "\(suite.seconds)", "-s", "\(suite.seed)",
            "-e", "24:00000001", "-w", "256", "-b", "64",
        ]
        return Peers.figures(try peers.start(.udpload, arguments).finish(accepting: [0, 1]))["qps"] ?? 0
    }
}
