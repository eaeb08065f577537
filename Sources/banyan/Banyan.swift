import ArgumentParser

@main
struct Banyan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "banyan",
        abstract: "A secondary node of the industrial-internet identifier resolution system.")
}
