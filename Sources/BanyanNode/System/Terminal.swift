// UNSAFE ISLAND (system): the terminal of this process.

import Glibc

public enum Terminal {
    /// Asks at the terminal, and reads a line that is not shown. Nil where nobody sits there to be asked, and for an
    /// empty line.
    public static func askSecret(_ prompt: String) -> [UInt8]? {
        guard StandardStream.error.isTerminal else { return nil }
        let descriptor = unsafe open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var usual = termios()
        // Safe: the kernel fills one termios.
        guard unsafe tcgetattr(descriptor, &usual) == 0 else { return nil }
        var silent = usual
        silent.c_lflag &= ~tcflag_t(ECHO)
        guard unsafe tcsetattr(descriptor, TCSAFLUSH, &silent) == 0 else { return nil }
        defer {
            _ = unsafe tcsetattr(descriptor, TCSAFLUSH, &usual)
            StandardStream.error.write("\n")
        }
        StandardStream.error.write(prompt)
        var line = [UInt8](repeating: 0, count: 4_096)
        // Safe: at most `line.count` bytes are written into the array; a terminal gives one line at a time.
        let count = unsafe read(descriptor, &line, line.count)
        let entered = line.prefix(max(0, count)).prefix { $0 != 0x0A && $0 != 0x0D }
        return entered.isEmpty ? nil : Array(entered)
    }
}
