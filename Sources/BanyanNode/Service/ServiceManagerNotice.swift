/// What a service manager is told, in a datagram to $NOTIFY_SOCKET (sd_notify(3)); nothing where there is none.
enum ServiceManagerNotice: String {
    case ready = "READY=1"
    case reloading = "RELOADING=1"
    case stopping = "STOPPING=1"
    case watchdog = "WATCHDOG=1"

    /// A manager that cannot be told is no reason not to serve.
    func send() {
        guard let path = SystemProcess.environment("NOTIFY_SOCKET"), !path.isEmpty else { return }
        try? SystemSocket.send(rawValue, to: path)
    }

    /// How often the watchdog is told: twice in the time that it waits; nil when it is off, or meant for another
    /// process (sd_watchdog_enabled(3)).
    static var watchdogInterval: Duration? {
        guard let text = SystemProcess.environment("WATCHDOG_USEC"), let microseconds = Int64(text), microseconds > 1
        else { return nil }
        let process = SystemProcess.environment("WATCHDOG_PID").map { Int32($0) } ?? SystemProcess.identifier
        return process == SystemProcess.identifier ? .microseconds(microseconds / 2) : nil
    }
}
