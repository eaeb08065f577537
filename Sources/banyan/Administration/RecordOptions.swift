import ArgumentParser
import BanyanNode
import HandleProtocol

/// A handle and values, on the command line or in a file.
struct RecordOptions: ParsableArguments {
    @Argument(help: Output.help("The handle, as it is, such as 88.118.8/SN-1.", "标识，按原样书写，例如 88.118.8/SN-1。"))
    var handle: String?

    @Option(
        help: ArgumentHelp(
            Output.text("A value; may be repeated.", "一个值，可重复。"), valueName: "index:type:data"))
    var value: [String] = []

    @Option(
        help: ArgumentHelp(
            Output.text(
                "A value that lets an administrator do everything with the handle; may be repeated.",
                "使某管理员可对该标识执行一切操作的值，可重复。"), valueName: "index:index:handle"))
    var adminValue: [String] = []

    @Option(
        help: ArgumentHelp(
            Output.text(
                "A file with the record as a line of JSON; - is standard input.", "含一行 JSON 记录的文件；- 为标准输入。"),
            valueName: "file"))
    var from: String?

    func validate() throws {
        guard from == nil || value.isEmpty && adminValue.isEmpty else {
            throw ValidationError("--from holds all values: leave out --value and --admin-value")
        }
        guard handle != nil || from != nil else { throw ValidationError("give a HANDLE, or --from FILE") }
    }

    /// - Parameter isEmptyAllowed: Whether a record may have no values.
    func record(isEmptyAllowed: Bool = false) throws(Failure) -> HandleRecord {
        let record = if let from { try read(from) } else { HandleRecord(handle: [], values: try values) }
        guard isEmptyAllowed || !record.values.isEmpty else {
            throw Failure(.usage, "no value: give --value INDEX:TYPE:DATA, such as --value 1:URL:https://example.cn/")
        }
        guard let handle else { return record }
        let named = try Arguments.handle(handle)
        guard from == nil || HandleCase.folded(named) == HandleCase.folded(record.handle) else {
            throw Failure(.usage, "--from holds another handle than the one that is named: leave one of them out")
        }
        return HandleRecord(handle: named, values: record.values)
    }

    private func read(_ path: String) throws(Failure) -> HandleRecord {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try SystemFile.read(path == "-" ? "/dev/stdin" : path, byteCountMax: 1 << 20)
        } catch {
            throw Failure(.usage, "--from: \(error)")
        }
        do throws(RecordError) {
            return try HandleRecord(json: bytes.rawSpan)
        } catch {
            throw Failure(.usage, "--from \(path): \(error)")
        }
    }

    private var values: [HandleValue] {
        get throws(Failure) {
            try value.map { (text) throws(Failure) in try Self.value(text) }
                + adminValue.map { (text) throws(Failure) in try Self.administrator(text) }
        }
    }

    static func value(_ text: String, option: String = "--value") throws(Failure) -> HandleValue {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let index = Int32(parts[0]), index > 0, !parts[1].isEmpty else {
            throw Failure(.usage, "\(option): write it as INDEX:TYPE:DATA, such as 1:URL:https://example.cn/1")
        }
        return HandleValue(index: UInt32(index), type: Array(parts[1].utf8), data: Array(parts[2].utf8))
    }

    private static func administrator(_ text: String) throws(Failure) -> HandleValue {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let index = Int32(parts[0]), index > 0, let who = ValueReference(String(parts[1]))
        else {
            throw Failure(.usage, "--admin-value: write it as INDEX:INDEX:HANDLE, such as 100:300:0.NA/88.118.8")
        }
        var writer = ByteWriter()
        AdminRecord(permissions: .all, administrator: who).write(to: &writer)
        return HandleValue(index: UInt32(index), type: ValueType.administrator, data: writer.bytes)
    }
}
