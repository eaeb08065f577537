// UNSAFE ISLAND (sockets): the kernel writes as many events as there is room for.

import CLinux
import Glibc

/// What a loop waits for: its listeners, its connections, and others' wish to wake it.
@safe
struct Poll: ~Copyable {
    struct Event {
        var descriptor: Int32
        var isReadable: Bool
        var isWritable: Bool
        var isEnded: Bool
    }

    private static let eventCount = 256
    private let descriptor: Int32
    private let events: UnsafeMutablePointer<cl_event>

    /// Without a descriptor left nothing can be watched.
    init() {
        descriptor = cl_open_poll()
        unsafe events = .allocate(capacity: Self.eventCount)
        unsafe events.initialize(repeating: cl_event(), count: Self.eventCount)
    }

    deinit {
        unsafe events.deallocate()
        if descriptor >= 0 { close(descriptor) }
    }

    /// False when the kernel has no room for one more.
    func watch(_ socket: StreamSocket) -> Bool { cl_poll_connection(descriptor, socket.descriptor) == 0 }
    func watch(_ listener: StreamListeningSocket) -> Bool { cl_poll_listener(descriptor, listener.descriptor) == 0 }
    func watch(_ waker: Waker) -> Bool { cl_poll_waker(descriptor, waker.descriptor) == 0 }
    func forget(_ socket: StreamSocket) { _ = cl_poll_remove(descriptor, socket.descriptor) }
    func forget(_ listener: StreamListeningSocket) { _ = cl_poll_remove(descriptor, listener.descriptor) }

    /// Waits so many milliseconds, for ever if negative; the number of events.
    func wait(milliseconds: Int32) -> Int {
        max(0, Int(unsafe cl_wait(descriptor, events, Int32(Self.eventCount), milliseconds)))
    }

    /// Event `place` of the last wait.
    subscript(_ place: Int) -> Event {
        precondition(place >= 0 && place < Self.eventCount, "one of the events")
        let event = unsafe events[place]
        return Event(
            descriptor: event.fd, isReadable: event.what & Int32(CL_READABLE) != 0,
            isWritable: event.what & Int32(CL_WRITABLE) != 0, isEnded: event.what & Int32(CL_ENDED) != 0)
    }
}

/// By which other threads wake a loop.
final class Waker: Sendable {
    let descriptor: Int32

    init() {
        descriptor = cl_open_waker()
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func wake() { cl_wake(descriptor) }
    func clear() { cl_clear_waker(descriptor) }
}
