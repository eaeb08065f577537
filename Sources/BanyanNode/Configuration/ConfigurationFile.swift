/// The text of banyan.toml and of the manual, both from the table of options.
public enum ConfigurationFile {
    public static let name = "banyan.toml"

    /// A commented file with every option: those of `values` set, the others commented out with what is usual.
    public static func text(setting values: [String: SettingValue] = [:]) -> String {
        var text = """
            # Settings of a Banyan node. A line without # is in force; the others show what holds without them.
            # 榕节点配置。没有 # 的行生效；其余各行是默认值。
            # banyan options

            """
        for section in Options.sections {
            if let section { text += "\n[\(section)]\n" }
            for option in Options.all where option.section == section {
                text += "\n# \(option.english)\n# \(option.chinese)\n"
                text += "# \(option.kind.accepted)" + (option.isReloaded ? "\n" : " (needs a restart 需重启)\n")
                if let value = values[option.name] {
                    text += "\(option.key) = \(value.tomlText)\n"
                } else {
                    text += "# \(option.key) = \(option.usual.tomlText)\n"
                }
            }
        }
        return text
    }

    /// The manual's list of options.
    public static func manual(inChinese: Bool) -> String {
        var text = ""
        for option in Options.all {
            text += option.name + " = " + option.usual.tomlText + "\n"
            text += "    " + (inChinese ? option.chinese : option.english) + "\n"
            text += "    " + option.kind.accepted
            text += option.isReloaded ? "\n" : inChinese ? "（需重启）\n" : " (needs a restart)\n"
        }
        return text
    }
}
