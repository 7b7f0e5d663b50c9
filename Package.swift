// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target that is ours: Swift 6 mode, no warning left standing, imports spelled out.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A target of `wing`, in the folder `Sources/<wing>/<name>`.
func room(_ name: String, in wing: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(wing)/\(name)", swiftSettings: strict)
}

/// The tests of one target, in `Tests/<wing>/<name>Tests`; all of them may use `TestSupport`.
func tests(
    of name: String, in wing: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
        path: "Tests/\(wing)/\(name)Tests", resources: resources, swiftSettings: strict)
}

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nio = [nioCore, nioPosix]
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let yaml: Target.Dependency = .product(name: "Yams", package: "Yams")
let database: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")

// Media: from a video file to segments and a manifest.
let media: [Target] = [
    .systemLibrary(
        name: "CFFmpeg", path: "Sources/Media/CFFmpeg",
        pkgConfig: "libavformat libavcodec libswscale libswresample libavutil",
        providers: [
            .apt([
                "libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev", "libswresample-dev",
            ])
        ]),
    room("FFmpeg", in: "Media", ["CFFmpeg", "Presentation"]),
    room("Presentation", in: "Media"),
    room("ISOBMFF", in: "Media"),
    room("Manifest", in: "Media", ["Presentation"]),
    room("Segmenter", in: "Media", ["FFmpeg", "ISOBMFF", "Presentation"]),
    room("Ingest", in: "Media", ["Segmenter", "FFmpeg", "ISOBMFF", "Manifest", "Presentation", logging, crypto]),
    room("IngestQueue", in: "Media", ["Ingest", "Segmenter", logging, metrics, lifecycle, database]),
]

// Delivery: segments and manifests over HTTP, and the caches in front of them.
let delivery: [Target] = [
    room("HTTPSemantics", in: "Delivery"),
    room("HTTP", in: "Delivery", ["HTTPSemantics", "Listening", logging, metrics, lifecycle] + nio),
    room("HTTPCache", in: "Delivery", ["HTTPSemantics"]),
    room("SegmentStore", in: "Delivery", nio),
    room("Routing", in: "Delivery", ["DNS", "SettingsFile"]),
    room(
        "Steering", in: "Delivery",
        [
            "DNS", "FileWatch", "Routing", logging, metrics, lifecycle, nioHTTP,
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ] + nio),
    room(
        "Administration", in: "Delivery",
        [
            "Listening", logging, metrics, lifecycle, nioCore,
            .product(name: "Hummingbird", package: "hummingbird"),
        ]),
    room("Origin", in: "Delivery", ["HTTP", "HTTPSemantics", "SegmentStore", logging, nioCore]),
    room(
        "Edge", in: "Delivery",
        [
            "HTTP", "HTTPCache", "HTTPSemantics", logging, metrics, lifecycle,
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            nioHTTP,
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ]
            + nio),
]

// Playback: rate determination, the client and its laboratory.
let playback: [Target] = [
    room("Adaptation", in: "Playback"),
    room("ExternalRule", in: "Playback", ["Adaptation"]),
    room("QoE", in: "Playback"),
    room("Report", in: "Playback"),
    room("Client", in: "Playback", ["Adaptation", "Presentation", "QoE"]),
    room("NetworkEmulation", in: "Playback", nio + ["Listening", logging]),
    room(
        "Player", in: "Playback",
        [
            "Client", "Adaptation", "QoE", "Manifest", "Presentation", "ISOBMFF", logging, nioHTTP,
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ] + nio),
    room("Simulator", in: "Playback", ["Client", "Adaptation", "QoE", "NetworkEmulation", "Presentation"]),
    room(
        "Benchmark", in: "Playback",
        [
            "Simulator", "Player", "Client", "Adaptation", "QoE", "NetworkEmulation", "Presentation", "Report", logging,
            .product(name: "AsyncHTTPClient", package: "async-http-client"), nioHTTP,
            .product(name: "Histogram", package: "hdrhistogram-swift"),
            nioCore,
        ]),
]

// Services: what a streaming network needs around it.
let services: [Target] = [
    room("SettingsFile", in: "Services", [yaml]),
    room("FileWatch", in: "Services", [lifecycle]),
    room("Listening", in: "Services", [nioCore]),
    room(
        "LineProtocol", in: "Services",
        [
            "Listening", logging, lifecycle, crypto, .product(name: "NIOTLS", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "X509", package: "swift-certificates"),
            .product(name: "SwiftASN1", package: "swift-asn1"),
        ] + nio),
    room("Accounts", in: "Services", [crypto, cryptoExtras, database]),
    room("MailStore", in: "Services", ["Accounts", "Mail", database] + nio),
    room(
        "POP3", in: "Services",
        [
            "LineProtocol", "Listening", "Accounts", "MailStore", logging, lifecycle,
            nioCore,
        ]),
    room("FTP", in: "Services", ["LineProtocol", logging, crypto] + nio),
    room("Mail", in: "Services", []),
    room("DNS", in: "Services"),
    .target(name: "CDatagrams", path: "Sources/Services/CDatagrams"),
    room(
        "NameServer", in: "Services",
        ["CDatagrams", "DNS", "FileWatch", "LineProtocol", "Listening", logging, lifecycle, database] + nio),
    room("DHCP", in: "Services"),
    .systemLibrary(name: "CLinkLayer", path: "Sources/Services/CLinkLayer"),
    room(
        "DHCPService", in: "Services",
        ["CLinkLayer", "DHCP", "SettingsFile", logging, metrics, lifecycle, database]),
    room("Resolver", in: "Services", ["DNS", "NameServer", "LineProtocol", logging, metrics, nioCore]),
    .systemLibrary(name: "CResolver", path: "Sources/Services/CResolver"),
    room(
        "SMTP", in: "Services",
        ["CResolver", "DNS", "LineProtocol", "Accounts", "Mail", "MailStore", logging, lifecycle] + nio),
    room(
        "IMAP", in: "Services",
        [
            "LineProtocol", "Accounts", "Mail", "MailStore", logging, nioCore,
        ]),
    .target(
        name: "CGumbo", path: "Sources/Services/CGumbo", linkerSettings: [.linkedLibrary("gumbo")]),
    room(
        "Webmail", in: "Services",
        [
            "CGumbo", "LineProtocol", "Listening", "Accounts", "Mail", "MailStore", logging, lifecycle, crypto,
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "Mustache", package: "swift-mustache"),
            nioCore,
        ]),
]

// The executable: one file for each subcommand, and the only place where everything meets.
let headwater: [Target] = [
    .executableTarget(
        name: "Headwater",
        dependencies: [
            "Ingest", "IngestQueue", "Segmenter", "Presentation", "Origin", "Edge", "Administration",
            "SegmentStore",
            "HTTP",
            "Player", "Simulator", "Benchmark", "Client", "Adaptation", "ExternalRule", "QoE", "NetworkEmulation",
            "Report", "LineProtocol", "Listening", "Accounts", "Mail", "MailStore", "SMTP", "POP3", "IMAP", "Webmail",
            "FTP", "DNS", "NameServer", "Resolver", "Routing", "Steering", "DHCP", "DHCPService", logging, nioHTTP,
            nioPosix,
            metrics,
            lifecycle,
            nioCore,
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "Subprocess", package: "swift-subprocess"),
            .product(name: "SystemPackage", package: "swift-system"),
            .product(name: "Configuration", package: "swift-configuration"),
        ],
        path: "Sources/Headwater", swiftSettings: strict),
    // What `make bench` runs to measure the simulator.
    .executableTarget(
        name: "SimulatorBenchmark",
        dependencies: ["Simulator", "Client", "Adaptation", "NetworkEmulation", "Presentation"],
        path: "Benchmarks/Simulator", swiftSettings: strict),
    // What `make bench` fetches mail with, from our servers and from others.
    .executableTarget(name: "ServicesLoad", path: "Benchmarks/Services/Load", swiftSettings: strict),
]

// Tests mirror the wings.
let testSupport: Target = .target(name: "TestSupport", path: "Tests/Support", swiftSettings: strict)
let mediaTests: [Target] = [
    tests(of: "Presentation", in: "Media"),
    .target(
        name: "MediaTestSupport", dependencies: ["TestSupport"], path: "Tests/Media/Support", swiftSettings: strict),
    tests(of: "FFmpeg", in: "Media", ["MediaTestSupport", "Presentation"]),
    tests(of: "ISOBMFF", in: "Media"),
    tests(of: "Manifest", in: "Media", ["Presentation"]),
    tests(of: "Segmenter", in: "Media", ["MediaTestSupport", "FFmpeg", "ISOBMFF", "Presentation"]),
    tests(
        of: "Ingest", in: "Media",
        ["MediaTestSupport", "Segmenter", "Manifest", "Presentation", logging]),
    tests(of: "IngestQueue", in: "Media", ["MediaTestSupport", "Ingest", "Segmenter", logging, lifecycle]),
]
let deliveryTests: [Target] = [
    tests(of: "HTTPSemantics", in: "Delivery"),
    tests(
        of: "HTTP", in: "Delivery",
        ["HTTPSemantics", "Listening", logging, metrics, .product(name: "NIOEmbedded", package: "swift-nio")] + nio),
    tests(of: "HTTPCache", in: "Delivery", ["HTTPSemantics"]),
    tests(of: "SegmentStore", in: "Delivery", nio),
    tests(of: "Routing", in: "Delivery", ["DNS"]),
    tests(of: "Steering", in: "Delivery", ["DNS", "Routing", logging, metrics, lifecycle, nioHTTP] + nio),
    tests(
        of: "Administration", in: "Delivery",
        [logging, metrics, .product(name: "HummingbirdTesting", package: "hummingbird")]),
    tests(
        of: "Origin", in: "Delivery",
        [
            "HTTP", "HTTPSemantics", "Listening", "SegmentStore", logging, metrics,
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            nioHTTP,
            nioCore,
        ]),
    tests(
        of: "Edge", in: "Delivery",
        [
            "HTTP", "HTTPSemantics", "Listening", logging, metrics,
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            nioHTTP,
        ] + nio),
]
let playbackTests: [Target] = [
    .target(
        name: "PlaybackTestSupport",
        dependencies: nio + [
            nioHTTP, crypto, .product(name: "NIOHTTP2", package: "swift-nio-http2"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
            .product(name: "X509", package: "swift-certificates"),
            .product(name: "SwiftASN1", package: "swift-asn1"),
        ], path: "Tests/Playback/Support", swiftSettings: strict),
    tests(of: "Adaptation", in: "Playback"),
    tests(of: "ExternalRule", in: "Playback", ["Adaptation"]),
    tests(of: "QoE", in: "Playback"),
    tests(of: "Report", in: "Playback"),
    tests(of: "Client", in: "Playback", ["Adaptation", "Presentation", "QoE"]),
    tests(of: "NetworkEmulation", in: "Playback", nio + ["Listening", logging]),
    tests(
        of: "Player", in: "Playback",
        [
            "PlaybackTestSupport", "Client", "Adaptation", "QoE", "Manifest", "Presentation", "ISOBMFF", logging,
            nioHTTP,
        ] + nio),
    tests(
        of: "Simulator", in: "Playback", ["Client", "Adaptation", "QoE", "NetworkEmulation", "Presentation"],
        resources: [.copy("Fixtures")]),
    tests(
        of: "Benchmark", in: "Playback",
        [
            "Simulator", "Player", "Client", "Adaptation", "QoE", "NetworkEmulation", "Presentation", "Report",
            "ISOBMFF",
            logging, nioHTTP,
        ] + nio),
]
let servicesTests: [Target] = [
    tests(of: "SettingsFile", in: "Services"),
    tests(of: "FileWatch", in: "Services"),
    tests(of: "Listening", in: "Services", nio),
    tests(
        of: "LineProtocol", in: "Services",
        ["Listening", logging, lifecycle, nioCore]),
    tests(of: "Accounts", in: "Services"),
    // What its tests kill.
    .executableTarget(
        name: "MailStoreChild",
        dependencies: ["Accounts", "MailStore", nioCore],
        path: "Tests/Services/MailStoreChild", swiftSettings: strict),
    tests(
        of: "MailStore", in: "Services",
        [
            "Accounts", "MailStoreChild", .product(name: "Subprocess", package: "swift-subprocess"),
            .product(name: "SystemPackage", package: "swift-system"),
        ] + nio),
    tests(
        of: "POP3", in: "Services",
        [
            "LineProtocol", "Accounts", "MailStore", logging, lifecycle,
            .product(name: "Subprocess", package: "swift-subprocess"),
        ] + nio,
        resources: [.copy("Dialogues")]),
    tests(
        of: "IMAP", in: "Services",
        ["LineProtocol", "Accounts", "MailStore", logging, lifecycle] + nio, resources: [.copy("Dialogues")]),
    tests(of: "FTP", in: "Services", ["LineProtocol", nioCore], resources: [.copy("Dialogues")]),
    tests(of: "Mail", in: "Services", [], resources: [.copy("Torture")]),
    tests(of: "DNS", in: "Services", resources: [.copy("Scenarios")]),
    tests(of: "DHCP", in: "Services"),
    // What its tests kill.
    .executableTarget(
        name: "DHCPStoreChild", dependencies: ["DHCP", "DHCPService"], path: "Tests/Services/DHCPStoreChild",
        swiftSettings: strict),
    tests(
        of: "DHCPService", in: "Services",
        [
            "DHCP", "DHCPStoreChild", .product(name: "Subprocess", package: "swift-subprocess"),
            .product(name: "SystemPackage", package: "swift-system"),
        ]),
    tests(of: "NameServer", in: "Services", ["DNS", "LineProtocol", logging, lifecycle] + nio),
    tests(of: "Resolver", in: "Services", ["DNS", "NameServer", "LineProtocol", logging, lifecycle] + nio),
    tests(
        of: "SMTP", in: "Services",
        ["DNS", "NameServer", "LineProtocol", "Accounts", "Mail", "MailStore", logging, lifecycle] + nio,
        resources: [.copy("Dialogues")]),
    tests(
        of: "Webmail", in: "Services",
        [
            "Accounts", "LineProtocol", "Mail", "MailStore", logging, lifecycle,
            .product(name: "AsyncHTTPClient", package: "async-http-client"), nioHTTP,
            .product(name: "NIOEmbedded", package: "swift-nio"),
        ] + nio,
        resources: [.copy("Torture")]),
]
let headwaterTests: [Target] = [
    .testTarget(
        name: "HeadwaterTests",
        dependencies: [
            "Headwater", "Adaptation", "Manifest", "Presentation", "QoE", "PlaybackTestSupport", nioHTTP,
            .product(name: "Subprocess", package: "swift-subprocess"),
            .product(name: "SystemPackage", package: "swift-system"),
        ],
        path: "Tests/Headwater", exclude: ["Scripts"], swiftSettings: strict)
]

let package = Package(
    name: "headwater",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "headwater", targets: ["Headwater"]),
        .executable(name: "simulator-benchmark", targets: ["SimulatorBenchmark"]),
        .executable(name: "services-load", targets: ["ServicesLoad"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["JSON", "YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.40.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: media + delivery + playback + services + headwater
        + [testSupport] + mediaTests + deliveryTests + playbackTests + servicesTests + headwaterTests
)
