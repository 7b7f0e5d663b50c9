internal import NIOCore

/// How far the transport below a channel has come.
enum TransportProgress {
    /// Bytes that the peer has acknowledged since the connection began; 0 where the system does not tell.
    ///
    /// One system call: not for every request. To be called on the channel's event loop.
    static func acknowledgedBytes(_ channel: any Channel) -> Int {
        #if os(Linux)
            guard let options = channel as? any SocketOptionProvider else { return 0 }
            // `struct tcp_info` of linux/tcp.h, of which the C library's header lacks the end: tcpi_bytes_acked is the 64-bit
            // number at offset 120. On the event loop the answer is there when the call returns.
            let answer: EventLoopFuture<SIMD16<UInt64>> = options.unsafeGetSocketOption(level: .tcp, name: .tcp_info)
            var bytes: UInt64 = 0
            answer.assumeIsolated().whenSuccess { bytes = $0[15] }
            return Int(truncatingIfNeeded: bytes)
        #else
            return 0
        #endif
    }
}
