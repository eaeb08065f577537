import HandleClient
import HandleProtocol

/// A handle's values for a person at a terminal: index, type, data; what is usual (a day to live, everyone reads,
/// administrators write) is not said.
struct RecordPage {
    let isColoured: Bool

    private enum Style: String {
        case bold = "1"
        case dim = "2"
        case type = "36"
    }

    func text(handle: [UInt8], values: [HandleValue], facts: [String]) -> String {
        let name = ValueText.harmless(String(decoding: handle, as: UTF8.self))
        let written = Set(values.map(\.timestamp))
        var facts = facts
        if written.count == 1, let time = written.first, time != 0 { facts.append("written " + moment(time)) }
        var lines = [styled(name, .bold), styled(facts.joined(separator: " · "), .dim), ""]
        let types = values.map { ValueText.harmless(String(decoding: $0.type, as: UTF8.self)) }
        let indexWidth = values.map { String(Int32(bitPattern: $0.index)).count }.max() ?? 0
        let typeWidth = min(types.map(\.count).max() ?? 0, 24)
        let margin = String(repeating: " ", count: indexWidth + typeWidth + 6)
        for (value, type) in zip(values, types) {
            let index = padded(String(Int32(bitPattern: value.index)), indexWidth, onLeft: true)
            let data = ValueText.lines(of: value)
            let head = "  " + index + "  " + styled(padded(type, typeWidth), .type) + "  "
            lines.append(head + (data.first ?? ""))
            lines += data.dropFirst().map { margin + $0 }
            let remarks = remarks(on: value, sayWritten: written.count > 1)
            if !remarks.isEmpty { lines.append(margin + styled(remarks.joined(separator: " · "), .dim)) }
        }
        return lines.joined(separator: "\n")
    }

    /// What differs from the usual.
    private func remarks(on value: HandleValue, sayWritten: Bool) -> [String] {
        var remarks: [String] = []
        if value.timeToLive != .usual { remarks.append(duration(value.timeToLive)) }
        if value.permissions != .usual { remarks.append(access(value.permissions)) }
        if !value.references.isEmpty {
            remarks.append("see " + value.references.map { ValueText.harmless($0.description) }.joined(separator: ", "))
        }
        if sayWritten, value.timestamp != 0 { remarks.append("written " + moment(value.timestamp)) }
        return remarks
    }

    private func access(_ permissions: Permission) -> String {
        func who(_ everyone: Permission, _ administrators: Permission) -> String {
            if permissions.contains(everyone) { return "everyone" }
            return permissions.contains(administrators) ? "administrators" : "nobody"
        }
        let readers = who(.publicRead, .administratorRead)
        return "\(readers) may read, \(who(.publicWrite, .administratorWrite)) may write"
    }

    private func duration(_ time: TimeToLive) -> String {
        guard time.kind != 1 else { return "to live until " + moment(time.value) }
        guard time.kind == 0 else { return "to live \(time.value), of unknown kind \(time.kind)" }
        let units: [(UInt32, String)] = [(86_400, "days"), (3_600, "hours"), (60, "minutes")]
        for (size, name) in units where time.value >= size && time.value.isMultiple(of: size) {
            let count = time.value / size
            return "to live \(count) \(count == 1 ? String(name.dropLast()) : name)"
        }
        return "to live \(Int32(bitPattern: time.value)) seconds"
    }

    private func moment(_ seconds: UInt32) -> String { Timestamp(secondsSince1970: seconds).description }

    private func padded(_ text: String, _ width: Int, onLeft: Bool = false) -> String {
        let blanks = String(repeating: " ", count: max(0, width - text.count))
        return onLeft ? blanks + text : text + blanks
    }

    private func styled(_ text: String, _ style: Style) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
