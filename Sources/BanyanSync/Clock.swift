internal import Foundation

/// The wall clock.
enum Clock {
    /// Since 1970.
    static var milliseconds: UInt64 { UInt64(max(0, Date().timeIntervalSince1970) * 1_000) }

    /// Now, in UTC, as XML writes it.
    static var dateAndTime: String { Date().formatted(.iso8601) }
}
