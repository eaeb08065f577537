import Foundation
import HandleProtocol

/// The handles that a load run asks for, packed: their bytes and 4 bytes each, so that ten million fit.
public struct KeySet: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [UInt32] = []

    public init() {}

    public var count: Int { ends.count }
    public var isEmpty: Bool { ends.isEmpty }

    /// The handle at a position from 0; wraps around, so that no position is wrong.
    public subscript(position: Int) -> ArraySlice<UInt8> {
        guard !ends.isEmpty else { return [] }
        let index = position % ends.count
        let start = index == 0 ? 0 : Int(ends[index - 1])
        return bytes[start..<Int(ends[index])]
    }

    /// Adds a handle; false when it is longer than a handle may be, or all together exceed 4 GB.
    @discardableResult
    public mutating func append(_ handle: some Collection<UInt8>) -> Bool {
        guard !handle.isEmpty, handle.count <= Limits.handleByteCount,
            let end = UInt32(exactly: bytes.count + handle.count)
        else { return false }
        bytes.append(contentsOf: handle)
        ends.append(end)
        return true
    }

    /// One handle a line; empty lines and those that begin with # are passed over.
    public init(file path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BenchError.file(path, "cannot be read")
        }
        var number = 0
        for line in data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let handle = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard let first = handle.first, first != UInt8(ascii: "#") else { continue }
            guard append(handle) else { throw BenchError.keyTooLong(line: number) }
        }
        guard !isEmpty else { throw BenchError.noKeys(path) }
    }
}

/// Which key next: uniform or Zipf, repeatable from the seed.
struct KeyChoice: Sendable {
    private var random: SplitMix
    private let zipf: ZipfDistribution?
    private let count: Int

    init(_ popularity: Workload.Popularity, count: Int, seed: UInt64) {
        random = SplitMix(seed: seed)
        self.count = count
        zipf =
            switch popularity {
            case .uniform: nil
            case .zipf(let exponent): ZipfDistribution(count: count, exponent: exponent)
            }
    }

    mutating func next() -> Int {
        guard let zipf else { return random.next(below: count) }
        // Popular ranks are spread over the keys: neighbours in the index are not popular together. The multiplier
        // is a prime, so that two ranks meet only when there are that many keys.
        let rank = UInt64(zipf.next(&random) - 1)
        return Int((rank &* 2_654_435_761) % UInt64(max(1, count)))
    }
}
