/// What a client says, by the table of RFC 2131 §4.4.1.
extension DHCPClientEngine {
    /// The message of the present state, and whom it goes to; nil in a state that says nothing.
    func message() -> (DHCPMessage, Destination)? {
        switch state {
        case .selecting:
            var message = blank(.discover)
            if configuration.wantsRapidCommit { message.options[.rapidCommit] = [] }
            if let wish, wish.isHost { message.options.set(.requestedAddress, wish) }
            return (message, .broadcast)
        case .requesting:
            guard let offer, let server = offer.options.address(.serverIdentifier) else { return nil }
            var message = blank(.request)
            message.options.set(.requestedAddress, offer.yourAddress)
            message.options.set(.serverIdentifier, server)
            return (message, .broadcast)
        case .rebooting:
            guard let lease else { return nil }
            var message = blank(.request)
            message.options.set(.requestedAddress, lease.address)
            return (message, .broadcast)
        case .renewing, .rebinding:
            guard let lease else { return nil }
            var message = blank(.request)
            message.clientAddress = lease.address
            // It has its address, and can be sent to.
            message.isBroadcast = false
            let isRenewing = state == .renewing
            return (message, isRenewing ? .unicast(lease.address, lease.server) : .broadcastFrom(lease.address))
        case .informing:
            guard let wish else { return nil }
            var message = blank(.inform)
            message.clientAddress = wish
            message.isBroadcast = false
            return (message, .broadcastFrom(wish))
        case .initial, .initialReboot, .checking, .bound, .stopped: return nil
        }
    }

    /// A message with what all have that ask for something.
    private func blank(_ kind: DHCPMessage.Kind) -> DHCPMessage {
        var message = bare(kind)
        message.seconds = seconds
        message.isBroadcast = configuration.wantsBroadcast
        message.options.set(.maximumMessageSize, short: max(576, configuration.maximumLength))
        if !configuration.requestedCodes.isEmpty {
            message.options[.parameterRequestList] = configuration.requestedCodes.map(\.rawValue)
        }
        if let vendorClass = configuration.vendorClass { message.options.set(.vendorClass, text: vendorClass) }
        if let name = configuration.hostName {
            if configuration.wantsFQDN {
                message.options[.clientFQDN] =
                    ClientFQDN(
                        flags: [.serverUpdates, .canonicalEncoding], name: name, isComplete: name.contains(".")
                    ).value
            } else {
                message.options.set(.hostName, text: name)
            }
        }
        return message
    }

    /// A message with what all have.
    private func bare(_ kind: DHCPMessage.Kind) -> DHCPMessage {
        var message = DHCPMessage(
            .request, kind: kind, hardware: configuration.hardware, transactionID: transactionID)
        message.options[.clientIdentifier] = clientIdentifier
        return message
    }

    var clientIdentifier: [UInt8] {
        configuration.clientIdentifier ?? [configuration.hardware.type] + configuration.hardware.octets
    }

    func releaseMessage(_ lease: ClientLease) -> DHCPMessage {
        var message = bare(.release)
        message.clientAddress = lease.address
        message.options.set(.serverIdentifier, lease.server)
        return message
    }

    func declineMessage(_ lease: ClientLease) -> DHCPMessage {
        var message = bare(.decline)
        message.options.set(.requestedAddress, lease.address)
        message.options.set(.serverIdentifier, lease.server)
        return message
    }
}
