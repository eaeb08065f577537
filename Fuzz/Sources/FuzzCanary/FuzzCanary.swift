// Fails as soon as an input begins with a resolution: proves that a failure would be seen.
import FuzzSupport
import HandleProtocol

@_cdecl("LLVMFuzzerTestOneInput")
public func testOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    fuzz(start, count) { input in
        guard let header = try? MessageHeader(parsing: input) else { return }
        require(header.opCode != .resolution, "the canary must fail")
    }
}
