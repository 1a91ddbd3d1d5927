// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    // Spans that outlive one expression need their lifetime spelled out.
    .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
    name: "p2pfwd",
    products: [.executable(name: "p2pfwd", targets: ["p2pfwd"])],
    targets: [
        .systemLibrary(
            name: "COpenSSL", path: "Sources/SRMUDP/Crypto/COpenSSL", pkgConfig: "openssl",
            providers: [.apt(["libssl-dev"])]),
        .target(name: "CMultiBuffer", path: "Sources/SRMUDP/Crypto/CMultiBuffer"),
        .target(name: "CSystem", path: "Sources/SRMUDP/IO/CSystem"),
        .target(
            name: "SRMUDP", dependencies: ["COpenSSL", "CMultiBuffer", "CSystem"],
            exclude: ["Crypto/COpenSSL", "Crypto/CMultiBuffer", "IO/CSystem"],
            swiftSettings: strict),
        .systemLibrary(
            name: "CZlib", path: "Sources/Forwarding/Web/Compression/Zlib/CZlib",
            pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "Forwarding", dependencies: ["SRMUDP", "CZlib"],
            exclude: ["Web/Compression/Zlib/CZlib"], swiftSettings: strict),
        .systemLibrary(
            name: "CReadline", path: "Sources/Control/CReadline",
            providers: [.apt(["libreadline-dev"])]),
        .systemLibrary(
            name: "CYAML", path: "Sources/Control/Configuration/CYAML",
            providers: [.apt(["libyaml-dev"])]),
        .target(
            name: "CPortMapping", path: "Sources/Control/Meeting/PortMapping/CPortMapping"),
        .target(name: "CWebPages", path: "Sources/Control/Web/Pages/CWebPages"),
        .target(
            name: "Control",
            dependencies: [
                "Forwarding", "SRMUDP", "CReadline", "CYAML", "CPortMapping", "CWebPages",
            ],
            exclude: [
                "CReadline", "Configuration/CYAML", "Meeting/PortMapping/CPortMapping",
                "Web/Pages/CWebPages", "Web/Pages/Files",
            ],
            swiftSettings: strict),
        .executableTarget(name: "p2pfwd", dependencies: ["Control"], swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["SRMUDP"], path: "Tests/Support",
            exclude: ["Certificates", "Forwarding"], swiftSettings: strict),
        // Apart from that, so that tests of the core alone do not build Forwarding.
        .target(
            name: "ForwardingTestSupport", dependencies: ["SRMUDP", "Forwarding"],
            path: "Tests/Support/Forwarding", swiftSettings: strict),
        .target(name: "CTools", path: "Tests/Tools/CTools"),
        .target(
            name: "ToolSupport", dependencies: ["CTools"], path: "Tests/Tools/ToolSupport",
            swiftSettings: strict),
        .executableTarget(
            name: "impairer", dependencies: ["ToolSupport", "CTools"],
            path: "Tests/Tools/Impairer", swiftSettings: strict),
        .executableTarget(
            name: "load", dependencies: ["ToolSupport", "CTools", "COpenSSL"],
            path: "Tests/Tools/Load", swiftSettings: strict),
        .executableTarget(
            name: "web-echo", dependencies: ["Forwarding", "SRMUDP", "ToolSupport"],
            path: "Tests/Tools/WebEcho", swiftSettings: strict),
        .executableTarget(
            name: "mapper", dependencies: ["ToolSupport", "Control", "SRMUDP"],
            path: "Tests/Tools/Mapper", swiftSettings: strict),
        .executableTarget(
            name: "relayload", dependencies: ["SRMUDP", "TestSupport"],
            path: "Tests/Tools/RelayLoad", swiftSettings: strict),
        .executableTarget(
            name: "linkload", dependencies: ["Control", "Forwarding", "SRMUDP"],
            path: "Tests/Tools/LinkLoad", swiftSettings: strict),
        .testTarget(
            name: "SRMUDPTests", dependencies: ["SRMUDP", "TestSupport"], exclude: ["Vectors"],
            swiftSettings: strict),
        .testTarget(
            name: "ForwardingTests",
            dependencies: ["Forwarding", "SRMUDP", "TestSupport", "ForwardingTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ControlTests",
            dependencies: ["Control", "TestSupport", "ForwardingTestSupport"],
            exclude: ["Vectors"], swiftSettings: strict),
        .testTarget(
            name: "SimulationTests", dependencies: ["SRMUDP", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .target(
            name: "FuzzTargets",
            dependencies: ["Control", "Forwarding", "SRMUDP", "TestSupport"],
            path: "Tests/Fuzz/Targets", swiftSettings: strict),
        .testTarget(
            name: "FuzzTests", dependencies: ["FuzzTargets", "TestSupport"], swiftSettings: strict),
    ]
)

// `make test` builds each test once: those of the core for sanitizers, the simulation with the
// optimised programs, and all else as it is.
let testsOfParts = [
    "upper": ["ForwardingTests", "ControlTests", "TidyTests", "FuzzTests"],
    "simulation": ["SimulationTests"],
    "core": ["SRMUDPTests", "SimulationTests"],
    "units": ["SRMUDPTests"],
]
if let part = Context.environment["P2PFWD_PART"], let tests = testsOfParts[part] {
    package.targets.removeAll { $0.type == .test && !tests.contains($0.name) }
    if ["core", "units"].contains(part) {
        let core =
            ["COpenSSL", "CMultiBuffer", "CSystem", "SRMUDP", "TestSupport"] + tests
        package.products = []
        package.targets.removeAll { !core.contains($0.name) }
    }
}

// libFuzzer brings the main function along: Tests/Fuzz/run builds this library with the sanitizer and
// links it.
if Context.environment["FUZZ"] != nil {
    package.products = [.library(name: "FuzzProgram", type: .static, targets: ["FuzzProgram"])]
    package.targets.append(
        .target(
            name: "FuzzProgram", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Program",
            swiftSettings: strict))
}
