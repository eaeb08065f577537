import HandleProtocol
public import Logging
import Synchronization

/// One JSON object a line on standard error: time, level, message, source, then the metadata. Control characters are
/// escaped, a field has at most 256 bytes, and a fault that repeats is one line a second with a count.
public struct JSONLogHandler: LogHandler {
    /// What a logger was given; otherwise that of the whole process.
    private var ownLevel: Logger.Level?
    public var logLevel: Logger.Level {
        get { ownLevel ?? Self.processLevel.withLock { $0 } }
        set { ownLevel = newValue }
    }
    private static let processLevel = Mutex(Logger.Level.info)
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let repetitions: LogRepetitions
    private let write: @Sendable (String) -> Void

    public init(
        label: String, level: Logger.Level?, repetitions: LogRepetitions,
        write: @escaping @Sendable (String) -> Void = { StandardStream.error.write($0) }
    ) {
        self.label = label
        ownLevel = level
        self.repetitions = repetitions
        self.write = write
    }

    /// Makes this the log of the whole process. Once a process.
    public static func bootstrap(level: String) {
        setLevel(level)
        let repetitions = LogRepetitions()
        LoggingSystem.bootstrap { JSONLogHandler(label: $0, level: nil, repetitions: repetitions) }
    }

    /// Changes the level of the whole process's log.
    static func setLevel(_ level: String) {
        processLevel.withLock { $0 = Logger.Level(rawValue: level) ?? .info }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        let message = event.message.description
        var omitted = 0
        if event.level >= .warning {
            guard let count = repetitions.admit(label + message, at: .now) else { return }
            omitted = count
        }
        var members: [(String, JSONText)] = [
            ("time", .string(Self.time)),
            ("level", .string(event.level.rawValue)),
            ("message", .string(Self.bounded(message))),
            ("source", .string(label)),
        ]
        let all = metadata.merging(metadataProvider?.get() ?? [:]) { _, new in new }
            .merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            members.append((key, .string(Self.bounded(value.description))))
        }
        if omitted > 0 { members.append(("omitted", .count(omitted))) }
        write(JSONText.object(members).text + "\n")
    }

    /// At most 256 bytes, cut between characters.
    private static func bounded(_ text: String) -> String {
        guard text.utf8.count > 256 else { return text }
        var bounded = ""
        for scalar in text.unicodeScalars {
            guard bounded.utf8.count + UTF8.width(scalar) <= 253 else { break }
            bounded.unicodeScalars.append(scalar)
        }
        return bounded + "…"
    }

    /// Now, in UTC, to the millisecond.
    private static var time: String {
        let now = SystemProcess.wallClock
        let milliseconds = String(now.nanoseconds / 1_000_000)
        let fraction = String(repeating: "0", count: 3 - milliseconds.count) + milliseconds
        let second = Timestamp(secondsSince1970: UInt32(clamping: now.seconds)).description
        return second.dropLast() + "." + fraction + "Z"
    }
}

/// Lets one line a second through of those that say the same.
public final class LogRepetitions: Sendable {
    private struct Repetition {
        var last: ContinuousClock.Instant
        var omitted: Int
    }

    /// Different faults that are told apart; beyond, all are forgotten, and the next of each is a line again.
    private static let faultCountMax = 256
    private let faults = Mutex<[String: Repetition]>([:])

    public init() {}

    /// How many were left out before this one; nil when this one is to be left out.
    func admit(_ fault: String, at now: ContinuousClock.Instant) -> Int? {
        faults.withLock { faults in
            if let repetition = faults[fault], repetition.last.duration(to: now) < .seconds(1) {
                faults[fault]?.omitted += 1
                return nil
            }
            let omitted = faults[fault]?.omitted ?? 0
            if faults.count >= Self.faultCountMax { faults.removeAll() }
            faults[fault] = Repetition(last: now, omitted: 0)
            return omitted
        }
    }
}
