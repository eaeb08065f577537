import BanyanNode

/// Where a verb writes: data to standard output, talk to standard error.
enum Output {
    /// A line of data.
    static func data(_ line: String) { data(Array((line + "\n").utf8)) }

    /// Bytes of data. Data that cannot be written ends the process, so that no script takes half of them for all.
    static func data(_ bytes: [UInt8]) {
        do throws(SystemError) { try StandardStream.output.put(bytes) } catch {
            guard !error.isClosedPipe else { SystemProcess.endByClosedPipe() }
            say("banyan: \(error)")
            Banyan.end(.storage)
        }
    }

    /// One JSON value in a line of data.
    static func json(_ value: JSONText) { data(value.text) }

    /// A line for the person at the terminal.
    static func say(_ line: String) { StandardStream.error.write(line + "\n") }

    /// A warning: in colour where that is wanted.
    static func warn(_ line: String) {
        say(isColoured ? "\u{1B}[33mwarning:\u{1B}[0m " + line : "warning: " + line)
    }

    /// On a terminal, unless NO_COLOR says otherwise (no-color.org) or the terminal can do nothing.
    static var isColoured: Bool { mayColour(.error) }

    /// The same, of data.
    static var isDataColoured: Bool { mayColour(.output) }

    private static func mayColour(_ stream: StandardStream) -> Bool {
        (SystemProcess.environment("NO_COLOR") ?? "").isEmpty && SystemProcess.environment("TERM") != "dumb"
            && stream.isTerminal
    }

    /// Whether the locale is Chinese.
    static var isChinese: Bool {
        for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
            if let locale = SystemProcess.environment(name), !locale.isEmpty { return locale.hasPrefix("zh") }
        }
        return false
    }

    /// The sentence in the language of the locale.
    static func text(_ english: String, _ chinese: String) -> String { isChinese ? chinese : english }

    /// Shows how far a long job is, in one line that is written over; nothing where standard error is no terminal.
    static func progress(_ line: String) {
        guard StandardStream.error.isTerminal else { return }
        let width = max(StandardStream.error.columnCount - 1, 20)
        StandardStream.error.write("\r" + String(line.prefix(width)) + "\u{1B}[K")
    }

    /// Clears the line of `progress`.
    static func endProgress() {
        guard StandardStream.error.isTerminal else { return }
        StandardStream.error.write("\r\u{1B}[K")
    }
}
