// Writes Corpus/ from Tests/Vectors: `swift Fuzz/seeds.swift`, from anywhere.
//
// One input for each kind of message (direction, operation, response code, version, encrypted, truncated), the
// shortest that was recorded; the same for records. So the corpora stay small and still reach every parser.
import Foundation

let fuzz = URL(filePath: #filePath).deletingLastPathComponent()
let vectors = fuzz.deletingLastPathComponent().appending(path: "Tests/Vectors")
/// By target, then by kind.
var seeds: [String: [String: [UInt8]]] = [:]

func bytes(hex: String) -> [UInt8] {
    let digits = Array(hex.utf8).compactMap { UInt8(String(UnicodeScalar($0)), radix: 16) }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func add(_ seed: [UInt8], to target: String, kind: String) {
    guard seed.count <= 2_048 else { return }
    let known = seeds[target]?[kind]
    if known == nil || seed.count < known!.count { seeds[target, default: [:]][kind] = seed }
}

func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

/// A stream or a datagram: the first message in it.
func addMessage(_ all: [UInt8]) {
    guard all.count >= 44 else {
        add(all, to: "FuzzEnvelope", kind: "short \(all.count)")
        return
    }
    let length = Int(min(number(all[16..<20]), 262_144))
    let message = Array(all.prefix(20 + length))
    let isEncrypted = message[2] & 0x40 != 0
    let code = isEncrypted ? "" : "\(number(message[20..<24])) \(number(message[24..<28])) \(message.count < length)"
    // Layouts change with 2.1 and with 2.9.
    let layout = message[0] == 2 ? (message[1] >= 9 ? "2.9" : message[1] >= 1 ? "2.1" : "2.0") : "\(message[0])"
    let kind = "\(layout) \(message[2] & 0x60) \(code)"
    for transport in [0, 1] as [UInt8] where number(message[24..<28]) == 0 {
        add([transport] + message, to: "FuzzResolver", kind: "\(transport) \(kind)")
    }
    add([1] + message, to: "FuzzMessage", kind: kind)
    add(Array(message.prefix(44)), to: "FuzzEnvelope", kind: "\(message[0]).\(message[1]) \(message[2])")
}

func addStream(_ stream: [UInt8], kind: String) { add([3] + stream, to: "FuzzMessage", kind: "stream " + kind) }

/// Which typed record a value's type calls for, as FuzzRecords numbers them.
let recordKinds: [String: UInt8] = [
    "HS_ADMIN": 0, "HS_VLIST": 1, "HS_SITE": 2, "HS_SITE.6": 2, "HS_SITE.PREFIX": 2, "HS_PUBKEY": 3, "HS_ALIAS": 6,
    "HS_NAMESPACE": 7,
]

func addValue(_ value: [UInt8]) {
    guard value.count >= 26 else { return }
    let typeEnd = 18 + Int(number(value[14..<18]))
    let type = String(decoding: value[18..<typeEnd], as: UTF8.self)
    let data = Array(value[(typeEnd + 4)..<(typeEnd + 4 + Int(number(value[typeEnd..<(typeEnd + 4)])))])
    add([8] + value, to: "FuzzRecords", kind: "value " + type)
    if let kind = recordKinds[type] { add([kind] + data, to: "FuzzRecords", kind: "\(type) \(data.count / 64)") }
}

for file in try FileManager.default.contentsOfDirectory(at: vectors, includingPropertiesForKeys: nil)
    .sorted(by: { $0.path < $1.path })
{
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        guard let vector = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else { continue }
        for member in ["request_hex", "response_hex", "reply_hex", "challenge_hex", "answer_hex"] {
            if let hex = vector[member] as? String { addMessage(bytes(hex: hex)) }
        }
        for member in ["request_packets", "response_packets"] {
            for hex in (vector[member] as? [String] ?? []).prefix(2) { addMessage(bytes(hex: hex)) }
        }
        if let hex = vector["stream_plaintext_hex"] as? String {
            let name = vector["name"] as? String ?? ""
            addStream(bytes(hex: hex), kind: name.hasPrefix("dump") ? "dump" : "transactions")
        }
        for hex in vector["values_hex"] as? [String] ?? [] { addValue(bytes(hex: hex)) }
        let name = vector["name"] as? String ?? ""
        let encodings: [(String, UInt8)] = [("hs_pubkey_hex", 3), ("privfile_hex", 5), ("file_hex", 5)]
        for (member, kind) in encodings {
            if let hex = vector[member] as? String { add([kind] + bytes(hex: hex), to: "FuzzRecords", kind: name) }
        }
        if let hex = vector["encoded_hex"] as? String {
            for kind in 0..<(9 as UInt8) where name.contains(["admin", "vlist", "site", "pub", "priv"][Int(kind) % 5]) {
                add([kind] + bytes(hex: hex), to: "FuzzRecords", kind: "\(kind) \(name)")
            }
        }
    }
}
// Streams for FuzzFramer: none, one and two messages, split in the middle of an envelope and of a message.
let requests = (seeds["FuzzResolver"] ?? [:]).values.sorted { $0.lexicographicallyPrecedes($1) }.prefix(2)
let stream = requests.flatMap { $0.dropFirst() }
for (number, splits) in ([[], [1], [19, 1], [30, 30, 30, 30], [255]] as [[UInt8]]).enumerated() {
    add([UInt8(splits.count)] + splits + stream, to: "FuzzFramer", kind: "\(number)")
}
// A client's greeting for FuzzTLS, whole and in pieces; an alert, an empty record and text in the place of records; and
// something to say.
let greeting = bytes(
    hex: "16030100ec010000e803030d848363d5aa5aa0a27a2239ab7abf9f3afcd01a7832739f962f7f3c046a4f422079eebf57"
        + "f1a7c401ff91bce6c49f4cce6d22b0a3e5a0b2c698c47582834169c7000a130213031301c02b00ff01000095000b0004"
        + "03000102000a00160014001d0017001e0019001801000101010201030104002300000016000000170000000d002a0028"
        + "040305030603080708080809080a080b080408050806040105010601030303010302040205020602002b000504030403"
        + "03002d00020101003300260024001d00202b7a944c2aa77966bf7462c8ce17ded5458dcd456f00ee513b4311b206afa6"
        + "43")
add([0, 0] + greeting, to: "FuzzTLS", kind: "greeting")
add([0, 3, 1, 4, 200] + greeting, to: "FuzzTLS", kind: "pieces")
add([0, 0] + Array("GET / HTTP/1.1".utf8), to: "FuzzTLS", kind: "text")
add([1, 1, 5, 0x15, 3, 3, 0, 2, 1, 0], to: "FuzzTLS", kind: "alert")
add([1, 0, 0x17, 3, 3, 0, 17] + [UInt8](repeating: 0, count: 17), to: "FuzzTLS", kind: "record")
add([2, 2, 3, 30] + stream, to: "FuzzTLS", kind: "said")
// Streams between nodes of Banyan's kind (NodeStream): a mark, an entry and what it left, a prefix; each with its kind
// in front. A request for such a stream, with flags that nobody has given a meaning.
let place = [UInt8](repeating: 0, count: 7) + [9] + [UInt8](repeating: 7, count: 32) + [UInt8](repeating: 0, count: 8)
let clock = [UInt8](repeating: 0, count: 8)
addStream([0] + place + [0] + clock, kind: "mark")
addStream([1] + clock + [0, 0, 0, 1, 5, 1, 0, 0, 0, 1, 6] + [1] + clock + [0, 0, 0, 0, 0, 0xFF], kind: "entries")
addStream(
    [3, 0, 0, 0, 1, 0x38, 1, 0] + clock + clock + clock + [UInt8](repeating: 3, count: 32) + [0, 0, 0, 0, 7, 1],
    kind: "prefix")
let journalRequest = [2] + place + [0x04, 2, 0, 0, 0, 1, 0, 0, 0, 0]
addMessage(
    [2, 11, 0, 0] + clock + [0, 0, 0, 0, 0, 0, 0, UInt8(28 + journalRequest.count), 0, 0, 3, 0xE9] + clock
        + [0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(journalRequest.count)] + journalRequest + [0, 0, 0, 0])
// A program for FuzzFragments: pieces in order, in reverse, with time and a stranger between them.
add([0, 1, 2], to: "FuzzFragments", kind: "order")
add([2, 2, 0, 128 + 10, 1], to: "FuzzFragments", kind: "reverse")
add([0, 128 + 30, 1, 2], to: "FuzzFragments", kind: "late")
let stranger: [UInt8] = [2, 11, 0x22, 11, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0xAA]
add([0, 200, 21] + stranger + [1, 1, 2], to: "FuzzFragments", kind: "stranger")

for (target, kinds) in seeds {
    let folder = fuzz.appending(path: "Corpus/" + target)
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let inputs = Set(kinds.values).sorted { $0.lexicographicallyPrecedes($1) }
    for (number, input) in inputs.enumerated() {
        let name = String(repeating: "0", count: 4 - String(number).count) + String(number)
        try Data(input).write(to: folder.appending(path: name))
    }
    print(target, inputs.count, "inputs,", inputs.map(\.count).reduce(0, +), "bytes")
}
