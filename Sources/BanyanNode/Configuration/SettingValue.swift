/// A value as banyan.toml can hold it.
public enum SettingValue: Equatable, Sendable {
    case boolean(Bool)
    case integer(Int)
    case text(String)
    case texts([String])

    /// The value as TOML writes it.
    public var tomlText: String {
        switch self {
        case .boolean(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .text(let value): Self.quoted(value)
        case .texts(let values): "[" + values.map(Self.quoted).joined(separator: ", ") + "]"
        }
    }

    /// The value as errors show it, with its type.
    var shown: String {
        switch self {
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .text(let value): value.shown
        case .texts(let values): "[" + values.prefix(4).map(\.shown).joined(separator: ", ") + "]"
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
