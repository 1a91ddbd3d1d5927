import Testing

@testable import Control

@Suite struct EffectiveValuesTests {
    private static let file = """
        hold: 20m
        path: relay
        permit: [localhost:80, any]
        peers:
          homebox:
            path: direct
            forwards: -L 8080:localhost:80
        """

    private func values(
        for peer: String?, _ text: String = file, settings: [Setting] = []
    ) throws -> EffectiveValues {
        let surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
        let file = try ConfigurationFile(
            parsing: [UInt8](text.utf8), path: "f", surroundings: surroundings)
        return EffectiveValues(file: file, peer: peer, settings: settings)
    }

    private func value(_ values: EffectiveValues, _ name: String) -> String? {
        values.values.first { $0.key.name == name }.map {
            $0.texts.joined(separator: " ") + " # " + $0.origin
        }
    }

    @Test("what is said of a peer comes before what is said of all, and that before the default")
    func order() throws {
        let node = try values(for: nil)
        #expect(value(node, "path") == "relay # f:2:1")
        #expect(value(node, "hold") == "20m # f:1:1")
        #expect(value(node, "offload") == "true # default")
        #expect(value(node, "listen") == " # default")
        #expect(value(node, "forwards") == nil)

        let homebox = try values(for: "homebox")
        #expect(value(homebox, "path") == "direct # f:6:5")
        #expect(value(homebox, "hold") == "20m # f:1:1")
        #expect(value(homebox, "forwards") == "-L 8080:localhost:80 # f:7:5")
        #expect(value(homebox, "listen") == nil)
        #expect(value(try values(for: "attic"), "path") == "relay # f:2:1")
    }

    @Test("the file in the form of ssh_config comes first, and forwards add up")
    func settings() throws {
        let settings = [
            try Setting("Hold", ["90s"], at: "config:2"),
            try Setting("LocalForward", ["9090", "localhost:90"], at: "config:3"),
            try Setting("GatewayPorts", ["yes"], at: "config:4"),
            try Setting("ProxyJump", ["a,b"], at: "config:5"),
        ]
        let values = try values(for: "homebox", settings: settings)

        #expect(value(values, "hold") == "90s # config:2 Hold")
        #expect(value(values, "gateway-ports") == "true # config:4 GatewayPorts")
        #expect(value(values, "via") == "a b # config:5 ProxyJump")
        #expect(
            value(values, "forwards")
                == "-L 9090:localhost:90 -L 8080:localhost:80 # config:3 LocalForward, f:7:5")
    }

    @Test("what is shown is a configuration file that means the same")
    func roundTrip() throws {
        for peer in [nil, "homebox"] {
            let text = try values(for: peer).text(for: peer)
            let again = try values(for: peer, text)
            #expect(
                again.values.map(\.texts) == (try values(for: peer)).values.map(\.texts), "\(text)")
        }
    }

    @Test("so is what is shown of a peer whose forwards begin with the node")
    func autostart() throws {
        let text = Self.file.replacing("    path: direct\n", with: "    autostart: true\n")
        let values = try values(for: "homebox", text)
        #expect(value(values, "path") == "relay # f:2:1")

        let again = try self.values(for: "homebox", values.text(for: "homebox"))

        #expect(again.values.map(\.texts) == values.values.map(\.texts))
    }

    @Test("JSON has numbers, truth values and lists")
    func json() throws {
        let text = try values(for: nil).json(for: nil).text

        #expect(text.contains(#"{"key":"probe-budget","value":1024,"origin":"default"}"#))
        #expect(text.contains(#"{"key":"offload","value":true,"origin":"default"}"#))
        #expect(text.contains(#"{"key":"permit","value":["localhost:80","any"],"origin":"f:3:1"}"#))
        #expect(text.contains(#"{"key":"listen","value":null,"origin":"default"}"#))
    }
}
