// UNSAFE ISLAND (sockets): addresses are copied whole, into memory that holds the largest kind.

import CLinux
import Glibc

/// A peer's address and port as the kernel writes them: an IPv4 one lies in the first 16 of the 28 bytes.
struct RawAddress: Sendable {
    static let byteCount = socklen_t(MemoryLayout<sockaddr_in6>.size)
    var raw = sockaddr_in6()

    init() {}

    init(raw: sockaddr_in6) {
        self.raw = raw
    }

    init(_ endpoint: Endpoint) {
        if endpoint.address.isV4 {
            var v4 = sockaddr_in()
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = endpoint.port.bigEndian
            v4.sin_addr.s_addr = UInt32(truncatingIfNeeded: endpoint.address.low).bigEndian
            // Safe: 16 bytes into 28.
            unsafe withUnsafeMutableBytes(of: &raw) { target in
                unsafe withUnsafeBytes(of: v4) { unsafe target.copyMemory(from: $0) }
            }
        } else {
            raw.sin6_family = sa_family_t(AF_INET6)
            raw.sin6_port = endpoint.port.bigEndian
            unsafe withUnsafeMutableBytes(of: &raw.sin6_addr) { target in
                unsafe target.storeBytes(of: endpoint.address.high.bigEndian, as: UInt64.self)
                unsafe target.storeBytes(of: endpoint.address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
        }
    }

    var isV4: Bool { raw.sin6_family == sa_family_t(AF_INET) }

    /// Bytes that the kernel takes.
    var byteCount: socklen_t { isV4 ? socklen_t(MemoryLayout<sockaddr_in>.size) : Self.byteCount }

    /// Both families have the port in the same place.
    var port: UInt16 { UInt16(bigEndian: raw.sin6_port) }

    var address: IPAddress {
        // In a sockaddr_in the address lies where sin6_flowinfo lies.
        if isV4 { return IPAddress(v4: UInt32(bigEndian: raw.sin6_flowinfo)) }
        // Safe: an IPv6 address has 16 bytes.
        return unsafe withUnsafeBytes(of: raw.sin6_addr) { bytes in
            unsafe IPAddress(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }

    /// Binds, and takes over what the kernel chose. Answers 0 or the error number.
    mutating func bind(_ descriptor: Int32) -> Int32 {
        var byteCount = byteCount
        // Safe: the memory holds the largest kind of address, and its size goes along.
        return unsafe withUnsafeMutablePointer(to: &raw) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard unsafe Glibc.bind(descriptor, address, byteCount) == 0,
                    unsafe getsockname(descriptor, address, &byteCount) == 0
                else { return errno }
                return 0
            }
        }
    }
    /// Takes a connection from a listener, and whose it is. Answers its descriptor, or the negated error number.
    mutating func accept(from listener: Int32) -> Int32 {
        var byteCount = Self.byteCount
        // Safe: as in `bind`.
        return unsafe withUnsafeMutablePointer(to: &raw) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe cl_accept(listener, address, &byteCount)
            }
        }
    }
}
