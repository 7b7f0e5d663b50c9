import DHCP
import Foundation
import Subprocess
import SystemPackage

/// A program that is called as udhcpc calls its script.
struct LeaseScript {
    private let path: FilePath
    private let interface: String

    /// - Throws: ``CommandError`` when it is no program.
    init(path: String, interface: String) throws {
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw CommandError(.noInput, "\(path) is no program that can be run (chmod +x)")
        }
        self.path = FilePath(URL(filePath: path).path(percentEncoded: false))
        self.interface = interface
    }

    /// Calls it, and waits for its end. What it writes goes to standard error.
    ///
    /// - Throws: ``CommandError`` when it cannot be run, or ends with another status than 0.
    func run(_ event: String, _ lease: ClientLease?, _ more: [String: String]) async throws {
        var variables = lease.map(Self.variables) ?? [:]
        variables.merge(more.mapValues(Self.word)) { $1 }
        variables["interface"] = interface
        let environment = variables.reduce(into: [Environment.Key: String?]()) {
            $0[Environment.Key(rawValue: $1.key) ?? "interface"] = $1.value
        }
        let result = try await Subprocess.run(
            .path(path), arguments: [event], environment: .inherit.updating(environment), input: .none,
            output: .fileDescriptor(.standardError, closeAfterSpawningProcess: false), error: .currentStandardError)
        guard result.terminationStatus.isSuccess else {
            throw CommandError(.software, "\(path) \(event) ended: \(result.terminationStatus)")
        }
    }

    /// udhcpc's names, for what is there.
    static func variables(_ lease: ClientLease) -> [String: String] {
        let options = lease.message.options
        var variables = [
            "ip": "\(lease.address)", "mask": "\(lease.prefix)", "siaddr": "\(lease.message.nextServer)",
            "serverid": "\(lease.server)", "lease": "\(lease.duration)",
        ]
        func put(_ name: String, _ words: [String]) {
            if !words.isEmpty { variables[name] = words.joined(separator: " ") }
        }
        put("subnet", [options.address(.subnetMask)].compactMap { $0?.description })
        put("broadcast", [options.address(.broadcastAddress)].compactMap { $0?.description })
        put("router", options.addresses(.routers).map(\.description))
        put("dns", lease.nameServers.map(\.description))
        put("ntpsrv", options.addresses(.timeServers).map(\.description))
        put("domain", [options.text(.domainName)].compactMap { $0 }.map(name))
        put("hostname", [options.text(.hostName)].compactMap { $0 }.map(name))
        put("search", options.domainSearch.map(name))
        put("mtu", [options.short(.interfaceMTU)].compactMap { $0?.description })
        put("staticroutes", options.classlessRoutes.map { "\($0.destination) \($0.router)" })
        put("boot_file", [bootFile(lease.message)].compactMap { $0 }.map(word))
        put(
            "sname", [lease.message.serverName].filter { !$0.isEmpty }.map { word(String(decoding: $0, as: UTF8.self)) }
        )
        put("message", [options.text(.message)].compactMap { $0 }.map(word))
        return variables
    }

    private static func bootFile(_ message: DHCPMessage) -> String? {
        if !message.bootFile.isEmpty { return String(decoding: message.bootFile, as: UTF8.self) }
        return message.options.text(.bootFileName)
    }

    /// A name as it is, or `bad`: scripts may forget their quotation marks.
    private static func name(_ text: String) -> String { ClientLease.isName(text) ? text : "bad" }

    /// Text without what a shell takes for more than text.
    private static func word(_ text: String) -> String {
        String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || " -_./:,@+".contains($0)) ? $0 : "_" })
    }
}
