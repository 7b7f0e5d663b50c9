package import DNS

/// Answers messages, for ``NameServer`` to send.
package protocol DNSResponder: Sendable {
    /// Called on threads that serve others too: what takes time or waits comes ``DNSReply/later(_:)``.
    ///
    /// - Parameters:
    ///   - octets: the message.
    ///   - peer: where it comes from.
    func reply(to octets: [UInt8], from peer: DNSPeer) -> DNSReply

    /// Something that answers on one thread what can be answered fast; nil, as by default, where nothing can.
    func makeWorker() -> (any DNSWorker)?
}

extension DNSResponder {
    package func makeWorker() -> (any DNSWorker)? { nil }
}

/// Answers, on one thread, messages whose answers are at hand, without memory of its own for each.
package protocol DNSWorker: AnyObject {
    /// What comes next comes now.
    func begin()

    /// - Parameters:
    ///   - query: the message.
    ///   - address: octets of the address where it comes from.
    ///   - isTCP: how it came.
    ///   - room: where the answer goes: 65,535 octets over TCP, 1,232 or more over UDP.
    func reply(
        to query: UnsafeRawBufferPointer, from address: UnsafeRawBufferPointer, isTCP: Bool,
        into room: UnsafeMutableRawBufferPointer
    ) -> DNSWorkerReply
}

/// What a ``DNSWorker`` did.
package enum DNSWorkerReply: Sendable, Hashable {
    /// So many octets were written.
    case written(Int)
    /// There will be no answer.
    case nothing
    /// The responder has to answer.
    case unknown
}

/// Who asks.
package struct DNSPeer: Sendable, Hashable {
    package var address: IPAddress
    package var isTCP: Bool

    package init(address: IPAddress, isTCP: Bool) {
        self.address = address
        self.isTCP = isTCP
    }
}

/// What is to be sent.
package enum DNSReply: Sendable {
    case nothing
    case message([UInt8])
    /// A message that somebody has to wait for; nil for none.
    case later(@Sendable () async -> [UInt8]?)
    /// Messages one after the other over the same connection: a zone. Each is made when there is room for it.
    case messages(any Sequence<[UInt8]> & Sendable)
}
