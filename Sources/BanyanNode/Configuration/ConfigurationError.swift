/// What is wrong in the configuration, where, and what would be right.
public struct ConfigurationError: Error, Equatable, Sendable {
    public enum Place: Equatable, Sendable {
        case file(String, line: Int)
        /// An argument of the command line, as the user wrote it.
        case argument(String)
    }

    public var place: Place
    /// The option's full name, or nil when the line names none.
    public var key: String?
    public var problem: String
    /// What would have been accepted.
    public var accepted: String?

    public init(_ place: Place, key: String? = nil, _ problem: String, accepted: String? = nil) {
        self.place = place
        self.key = key
        self.problem = problem
        self.accepted = accepted
    }
}

extension ConfigurationError: CustomStringConvertible {
    public var description: String {
        var text =
            switch place {
            case .file(let name, let line): "\(name):\(line): "
            case .argument(let argument): "\(argument): "
            }
        if let key { text += "\(key): " }
        text += problem
        if let accepted { text += "; accepted: \(accepted)" }
        return text
    }
}

extension String {
    /// The text as an error may show it: quoted, bounded to 60 characters, without control characters.
    var shown: String {
        var text = "\""
        for character in unicodeScalars.prefix(60) {
            text.unicodeScalars.append(character.properties.generalCategory == .control ? "\u{FFFD}" : character)
        }
        return text + (unicodeScalars.count > 60 ? "…\"" : "\"")
    }
}
