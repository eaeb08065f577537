import ArgumentParser
import BanyanBench

/// `banyan bench`: how fast, beside what.
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Measures Handle servers, this one and others.", "测量标识解析服务器的性能。"),
        subcommands: [
            BenchResolve.self, BenchLoad.self, BenchRegister.self, BenchIdle.self, BenchAll.self,
        ])
}

extension BenchError {
    /// What a verb ends with.
    var failure: Failure {
        switch self {
        case .unreachable: Failure(.unreachable, "\(self)")
        case .peer, .node: Failure(.negative, "\(self)")
        case .targetNotLoopback, .noKeys, .keyTooLong, .badWorkload, .file: Failure(.usage, "\(self)")
        }
    }
}
