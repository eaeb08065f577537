import CLinux
import Foundation

/// When a request came: by the wall clock for what is written into answers, by the monotonic one for what runs out.
struct Moment {
    /// Seconds since 1970.
    let seconds = cl_seconds()
    /// Since 1970.
    static var milliseconds: UInt64 { UInt64(max(0, Date().timeIntervalSince1970) * 1_000) }
    let instant = ContinuousClock.now
}
