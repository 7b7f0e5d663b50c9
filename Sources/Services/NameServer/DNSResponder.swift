package import DNS

/// Answers messages, for ``NameServer`` to send.
package protocol DNSResponder: Sendable {
    /// Called on an event loop: what takes time or waits comes ``DNSReply/later(_:)``.
    ///
    /// - Parameters:
    ///   - octets: the message.
    ///   - peer: where it comes from.
    func reply(to octets: [UInt8], from peer: DNSPeer) -> DNSReply
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
