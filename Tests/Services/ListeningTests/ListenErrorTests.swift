import Foundation
import Listening
import NIOCore
import NIOPosix
import Testing

@Suite("Why a server cannot listen")
struct ListenErrorTests {
    @Test(
        "What the system says becomes what to do",
        arguments: [
            (EADDRINUSE, ListenError.Code.addressInUse, "the port is in use; choose another, or 0 for any free one"),
            (EACCES, .notPermitted, "no permission; choose a port of 1024 or more"),
            (EADDRNOTAVAIL, .addressNotAvailable, "not an address of this machine"),
            (ENOBUFS, .system, String(cString: strerror(ENOBUFS))),
        ])
    func refused(number: CInt, code: ListenError.Code, text: String) {
        let error = ListenError(IOError(errnoCode: number, reason: "bind"), at: "[::1]:80 for nothing")
        #expect(error.code == code)
        #expect(error.description == "cannot listen on [::1]:80 for nothing: \(text)")
    }

    @Test("A host without an address is unknown")
    func unknownHost() async {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        // A name with an empty label has no address anywhere.
        let error = await #expect(throws: (any Error).self) {
            try await bootstrap.bind(host: "no..host", port: 0).get()
        }
        guard let error else { return }
        let explained = ListenError(error, at: "no..host:0")
        #expect(explained.code == .addressNotAvailable)
        #expect(
            explained.description
                == "cannot listen on no..host:0: the host is unknown; give an address of this machine")
    }
}
