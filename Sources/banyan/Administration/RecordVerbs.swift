import ArgumentParser
import HandleClient
import HandleProtocol

/// `banyan create`: a new handle.
struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Registers a handle at a server.", "在服务器上注册一个标识。"),
        discussion: Output.text(
            """
            Prints the handle that was made. Whoever may add handles to the prefix may do it; an --admin-value says \
            who else may change the handle later.

              banyan create 88.118.8/SN-1 --value 1:URL:https://example.cn/1 \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem
              banyan create 88.118.8/ --mint --from record.json \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem --json

            Ends with 0 when it is registered, 1 when the server says no, 4 when it could not be reached.
            """,
            """
            输出所注册的标识。可在该前缀下添加标识的管理员均可执行；--admin-value 指定以后还有谁可以修改它。

              banyan create 88.118.8/SN-1 --value 1:URL:https://example.cn/1 \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem
              banyan create 88.118.8/ --mint --from record.json \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem --json

            注册成功以 0 结束，服务器拒绝以 1 结束，无法连通以 4 结束。
            """))

    @OptionGroup var options: RecordOptions
    @OptionGroup var administrator: AdministratorOptions
    @Flag(help: Output.help("Replace a handle that is there.", "替换已有的标识。")) var overwrite = false
    @Flag(help: Output.help("Let the server put a suffix behind the name.", "由服务器在名称后生成后缀。")) var mint = false

    func run() async throws {
        let record = try options.record(isEmptyAllowed: true)
        let reply = try await administrator.perform(
            .create(record, overwrites: overwrite, mints: mint), on: record.handle)
        let answer = AdministrationAnswer(reply, on: record.handle)
        Output.data(administrator.json ? answer.json : answer.name)
    }
}

/// `banyan add`: values to a handle that is there.
struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Adds values to a handle at a server.", "为服务器上的标识添加值。"),
        discussion: """
              banyan add 88.118.8/SN-1 --value 2:EMAIL:info@example.cn \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem
            """)

    @OptionGroup var options: RecordOptions
    @OptionGroup var administrator: AdministratorOptions
    @Flag(help: Output.help("Replace values whose index is there.", "替换索引已存在的值。")) var overwrite = false

    func run() async throws {
        let record = try options.record()
        try await administrator.finish(.add(record, overwrites: overwrite), on: record.handle)
    }
}

/// `banyan modify`: values that are there.
struct Modify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Changes values of a handle at a server.", "修改服务器上标识的值。"),
        discussion: """
              banyan modify 88.118.8/SN-1 --value 1:URL:https://example.cn/new \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem
            """)

    @OptionGroup var options: RecordOptions
    @OptionGroup var administrator: AdministratorOptions

    func run() async throws {
        let record = try options.record()
        try await administrator.finish(.modify(record), on: record.handle)
    }
}

/// `banyan remove`: values of a handle.
struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Removes values of a handle at a server.", "移除服务器上标识的值。"),
        discussion: """
              banyan remove 88.118.8/SN-1 --index 2 \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem
            """)

    @Argument(help: Output.help("The handle.", "标识。")) var handle: String
    @Option(help: Output.help("The index of a value; may be repeated.", "值的索引，可重复。")) var index: [UInt32]
    @OptionGroup var administrator: AdministratorOptions

    func run() async throws {
        let handle = try Arguments.handle(handle)
        try await administrator.finish(.remove(handle: handle, indexes: index), on: handle)
    }
}

/// `banyan delete`: a handle with all its values.
struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: Output.text("Deletes a handle at a server.", "删除服务器上的标识。"),
        discussion: """
              banyan delete 88.118.8/SN-1 \\
                --server 127.0.0.1:2641 --admin 300:0.NA/88.118.8 --key admin.pem
            """)

    @Argument(help: Output.help("The handle.", "标识。")) var handle: String
    @OptionGroup var administrator: AdministratorOptions

    func run() async throws {
        let handle = try Arguments.handle(handle)
        try await administrator.finish(.delete(handle: handle), on: handle)
    }
}

extension AdministratorOptions {
    /// Asks for what has no result but that it is done.
    func finish(_ request: AdministrativeRequest, on handle: [UInt8]) async throws(Failure) {
        let answer = AdministrationAnswer(try await perform(request, on: handle), on: handle)
        if json {
            Output.data(answer.json)
        } else {
            Output.say(Output.text("done: ", "已完成：") + answer.name)
        }
    }
}
