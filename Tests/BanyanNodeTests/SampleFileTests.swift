import BanyanNode
import Foundation
import Testing

@Suite("The sample configuration in deploy/")
struct SampleFileTests {
    @Test("deploy/banyan.toml is what `banyan options --sample` prints")
    func sample() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let sample = try String(contentsOf: root.appending(path: "deploy/banyan.toml"), encoding: .utf8)
        #expect(sample.trimmingCharacters(in: .newlines) == ConfigurationFile.text().trimmingCharacters(in: .newlines))
    }
}
