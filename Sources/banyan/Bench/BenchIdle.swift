import ArgumentParser
import BanyanBench
import BanyanNode

/// `banyan bench idle`: what connections cost that do nothing.
struct BenchIdle: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle",
        abstract: Output.text(
            "Opens idle and slow connections, and weighs the node.", "打开空闲与缓慢的连接，测量节点的内存与应答。"),
        discussion: "  banyan bench idle --connections 15000")

    @ArgumentParser.Option(
        help: ArgumentHelp(Output.text("Connections; `ulimit -n` must allow them.", "连接数，须在 `ulimit -n` 之内。")))
    var connections = 15_000

    @ArgumentParser.Flag(help: ArgumentHelp("JSON."))
    var json = false

    func validate() throws {
        guard (1...1_000_000).contains(connections) else { throw ValidationError("--connections: 1 to 1,000,000") }
    }

    func run() async throws {
        guard let program = SystemProcess.executablePath else {
            throw Failure(.storage, "this program does not find itself: is /proc mounted?")
        }
        do {
            let table = try await Suite(program: program) { Output.say($0) }.runIdle(connections: connections)
            Output.data(json ? table.json() : table.text())
        } catch let error as BenchError {
            throw error.failure
        }
    }
}
