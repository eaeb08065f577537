import ArgumentParser
import BanyanBench

/// `banyan bench load`: how fast records are loaded, beside bare LMDB.
struct BenchLoad: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: Output.text(
            "Loads generated records into a fresh node, beside bare LMDB.", "把生成的记录装入新节点，与裸 LMDB 对照。"),
        discussion: "  banyan bench load --handles 100000")

    @OptionGroup var options: SuiteOptions

    func run() throws {
        do {
            options.show(try options.suite().runLoad())
        } catch let error as BenchError {
            throw error.failure
        }
    }
}
