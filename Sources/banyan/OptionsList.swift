import ArgumentParser
import BanyanNode

/// `banyan options`: the manual of the settings, from their table.
struct OptionsList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "options",
        abstract: Output.text("Lists the settings of banyan.toml and --set.", "列出 banyan.toml 与 --set 的各项设置。"),
        discussion: "  banyan options\n  banyan options --sample > banyan.toml")

    @Flag(help: "Print a commented banyan.toml.")
    var sample = false

    func run() {
        Output.data(
            sample ? ConfigurationFile.text() : ConfigurationFile.manual(inChinese: Output.isChinese))
    }
}
