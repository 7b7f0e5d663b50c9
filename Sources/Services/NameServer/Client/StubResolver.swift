package import DNS
package import LineProtocol
package import NIOCore

/// Leaves the asking to recursive name servers (RFC 1034 §5.3.1).
package struct StubResolver: Sendable {
    private let servers: [Endpoint]
    private let exchange: DNSExchange
    /// How long a server has, in each round.
    private static let rounds: [TimeAmount] = [.seconds(2), .seconds(4), .seconds(8)]

    /// - Parameters:
    ///   - servers: asked in this order until one answers, in several rounds; one at least.
    ///   - group: where sockets live.
    package init(_ servers: [Endpoint], group: any EventLoopGroup) {
        self.servers = servers
        exchange = DNSExchange(group: group)
    }

    /// Asks over UDP, and over TCP for what does not fit there.
    ///
    /// - Returns: an answer, if only that there is no such name: never SERVFAIL or REFUSED while another server is left.
    /// - Throws: ``DNSExchangeError`` of the first server, `CancellationError`.
    package func ask(_ name: DomainName, _ type: RecordType) async throws -> DNSMessage {
        var query = DNSMessage(id: 0, flags: .recursionDesired)
        query.questions = [DNSMessage.Question(name, type)]
        query.edns = EDNS(payloadSize: 1_232)
        var last: Result<DNSMessage, any Error>?
        for timeout in Self.rounds {
            for server in servers {
                do {
                    let answer = try await ask(query, server, timeout)
                    if [.noError, .nameError].contains(answer.responseCode) { return answer }
                    last = .success(answer)
                } catch let error as DNSExchangeError {
                    last = last ?? .failure(error)
                }
            }
            // Who has answered is not asked again.
            if case .success(let answer)? = last { return answer }
        }
        guard let last else { throw DNSExchangeError(.unreachable, Endpoint(host: "nobody", port: 53)) }
        return try last.get()
    }

    private func ask(_ query: DNSMessage, _ server: Endpoint, _ timeout: TimeAmount) async throws -> DNSMessage {
        let answer: DNSMessage
        do {
            answer = try await exchange.ask(query, of: server, over: .udp, timeout: timeout)
        } catch let error as DNSExchangeError where error.code == .suspicious {
            return try await exchange.ask(query, of: server, over: .tcp, timeout: timeout)
        }
        // A server that does not know EDNS is asked without (RFC 6891 §7).
        if answer.responseCode == .formatError, query.edns != nil {
            var plain = query
            plain.edns = nil
            return try await ask(plain, server, timeout)
        }
        guard answer.flags.contains(.truncated) else { return answer }
        return try await exchange.ask(query, of: server, over: .tcp, timeout: timeout)
    }
}
