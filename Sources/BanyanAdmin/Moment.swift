import CLinux

/// When a request came: by the wall clock for what is written into answers, by the monotonic one for what runs out.
struct Moment {
    /// Seconds since 1970.
    let seconds = cl_seconds()
    let instant = ContinuousClock.now
}
