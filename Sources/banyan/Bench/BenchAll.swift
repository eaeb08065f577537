import ArgumentParser
import BanyanBench

/// `banyan bench all`: the figures that the project promises.
struct BenchAll: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all",
        abstract: Output.text(
            "Loads, starts and resolves, each beside a peer or its target.", "装载、启动、解析，逐项与对照或目标比较。"),
        discussion: "  banyan bench all\n  banyan bench all --handles 100000 --rounds 3 --seconds 1")

    @OptionGroup var options: SuiteOptions

    @ArgumentParser.Option(
        help: ArgumentHelp(Output.text("Measured seconds of a round.", "每轮的测量秒数。"), valueName: "n"))
    var seconds = 2.0

    func validate() throws {
        guard seconds > 0, seconds <= 60 else { throw ValidationError("--seconds: at most 60") }
    }

    func run() async throws {
        var suite = try options.suite()
        suite.seconds = seconds
        do {
            options.show(try await suite.run())
        } catch let error as BenchError {
            throw error.failure
        }
    }
}
