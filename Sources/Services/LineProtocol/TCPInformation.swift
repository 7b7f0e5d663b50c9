internal import Foundation
internal import NIOCore

/// What the system knows of a TCP connection: the beginning of Linux's `struct tcp_info`, as far as the C library's own
/// declaration does not have it all.
struct TCPInformation: Sendable {
    private typealias Words7 = (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32)
    private typealias Words15 = (
        UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32,
        UInt32
    )

    private var state: UInt64
    private var timers: Words15
    /// Microseconds, smoothed.
    private var roundTrip: UInt32
    /// How much it varies, in microseconds.
    private var roundTripVariation: UInt32
    private var windows: Words7
    private var pacing: (UInt64, UInt64)
    /// Octets that the peer has acknowledged.
    let acknowledged: UInt64

    /// The time in which an answer comes unless something is lost (RFC 6298 §2.3, without its minimum).
    var patience: TimeAmount { .microseconds(Int64(roundTrip) + 4 * Int64(roundTripVariation)) }

    /// Of a channel's socket, on its event loop; nil where the system does not tell.
    static func read(_ channel: any Channel, _ body: @escaping (TCPInformation?) -> Void) {
        #if os(Linux)
            guard let options = channel as? any SocketOptionProvider else { return body(nil) }
            let answer: EventLoopFuture<TCPInformation> = options.unsafeGetSocketOption(
                level: .tcp, name: NIOBSDSocket.Option(rawValue: CInt(TCP_INFO)))
            answer.assumeIsolated().whenComplete { body(try? $0.get()) }
        #else
            body(nil)
        #endif
    }
}
