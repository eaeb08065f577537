import ArgumentParser
import BanyanNode

@main
struct Banyan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "banyan",
        abstract: Output.text(
            "A secondary node of the industrial-internet identifier resolution system.",
            "工业互联网标识解析二级节点。"),
        discussion: Output.text(
            "`banyan help VERB` has an example that can be pasted. `banyan options` lists the settings.",
            "`banyan help 动词` 有可直接粘贴的例子。`banyan options` 列出各项设置。"),
        version: Version.number,
        subcommands: [
            Init.self, Serve.self, Load.self, Dump.self, Resolve.self, Create.self, Add.self, Modify.self, Remove.self,
            Delete.self, Suspend.self, Withdraw.self, Resume.self, ListNames.self, Home.self, Unhome.self,
            PrefixVerbs.self, UserVerbs.self, TokenVerbs.self, SiteVerbs.self, Stat.self,
            Check.self,
            JournalVerbs.self, KeyVerbs.self, BackupVerb.self, Restore.self, DrillVerb.self, Doctor.self, Bench.self,
            OptionsList.self, Sample.self, MirrorVerbs.self, Migrate.self, Verify.self, Promote.self, Demote.self,
            UpstreamVerbs.self, UpstreamSim.self,
        ])

    /// Runs the verb and ends with its code. The argument parser's own code for wrong usage, 64, becomes 2.
    static func main() async {
        SystemProcess.ignoreSignalsOfWriting()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            if let message = failure.message { Output.say("banyan: " + message) }
            end(failure.code)
        } catch {
            if let code = ExitCode(of: error) {
                Output.say("banyan: \(error)")
                end(code)
            }
            let code = exitCode(for: error).rawValue
            guard code == ArgumentParser.ExitCode.validationFailure.rawValue else { exit(withError: error) }
            Output.say(fullMessage(for: error))
            end(.usage)
        }
    }

    static func end(_ code: ExitCode) -> Never { exit(withError: ArgumentParser.ExitCode(code.rawValue)) }
}
