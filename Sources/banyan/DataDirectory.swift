import ArgumentParser
import BanyanNode

/// The argument that most verbs share: whose files they are about.
struct DataDirectory: ParsableArguments {
    @Option(name: .customLong("data"), help: Output.help("The node's data directory.", "节点的数据目录。"))
    var path: String

    var node: NodeDirectory { NodeDirectory(path) }
}

extension Output {
    /// Help in the language of the locale.
    static func help(_ english: String, _ chinese: String) -> ArgumentHelp { ArgumentHelp(text(english, chinese)) }
}
