import Testing

@testable import Control

@Suite struct ConfigurationKeyTests {
    @Test(
        "no key stands twice at one place",
        arguments: [ConfigurationKey.top, ConfigurationKey.peer])
    func unique(keys: [ConfigurationKey]) {
        #expect(Set(keys.map(\.name)).count == keys.count)
    }

    @Test("every default is a value of its key", arguments: ConfigurationKey.all)
    func defaults(key: ConfigurationKey) throws {
        guard let text = key.fallbackValue else { return }

        #expect(try key.form.checked(text, isPlain: true) == text)
    }

    @Test(
        "every option that a key stands for goes with some command", arguments: ConfigurationKey.all
    )
    func equivalents(key: ConfigurationKey) {
        guard case .option(let id) = key.equivalent else { return }
        let model = CommandLineModel.standard
        let command = key.reach == .forwarding ? model.forward : model.command(named: "serve")
        let option = command?.options.first { $0.id == id }

        #expect(option != nil)
        #expect(option?.isRepeatable == key.isList)
        #expect((option?.value == nil) == (key.form == .flag))
    }
}
