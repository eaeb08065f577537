import ArgumentParser
import BanyanBench
import BanyanNode

/// What the verbs that run the suite share.
struct SuiteOptions: ParsableArguments {
    @ArgumentParser.Option(help: ArgumentHelp(Output.text("Handles in the index.", "索引中的标识数。"), valueName: "n"))
    var handles = 1_000_000

    @ArgumentParser.Option(
        help: ArgumentHelp(
            Output.text("Where to put the data: on the disk that is measured.", "数据存放处，即被测磁盘。"), valueName: "dir"))
    var directory: String?

    @ArgumentParser.Option(
        help: ArgumentHelp(Output.text("The C programs beside us.", "作对照的 C 程序源码目录。"), valueName: "dir"))
    var peers = "Sources/BanyanBench/Peers"

    @ArgumentParser.Option(help: ArgumentHelp(Output.text("Rounds; medians are shown.", "轮数，取中位数。"), valueName: "n"))
    var rounds = 5

    @ArgumentParser.Flag(help: ArgumentHelp("JSON."))
    var json = false

    func validate() throws {
        guard (1...100_000_000).contains(handles) else { throw ValidationError("--handles: 1 to 100,000,000") }
        guard (1...100).contains(rounds) else { throw ValidationError("--rounds: 1 to 100") }
    }

    func suite() throws(Failure) -> Suite {
        guard let program = SystemProcess.executablePath else {
            throw Failure(.storage, "this program does not find itself: is /proc mounted?")
        }
        var suite = Suite(program: program) { Output.say($0) }
        suite.count = handles
        suite.folder = directory
        suite.peers = peers
        suite.rounds = rounds
        return suite
    }

    func show(_ table: FigureTable) { Output.data(json ? table.json() : table.text()) }
}
