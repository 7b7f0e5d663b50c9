package import NIOCore

/// Takes Telnet's commands out of what a control connection brings (RFC 854; RFC 959 §2.3 has FTP speak Telnet): Interrupt
/// Process and Data Mark, with which clients make way for `ABOR`, and offers of options, which are all turned down.
package struct TelnetFilter: Sendable {
    private enum State { case text, command, option(UInt8) }

    private var state = State.text

    package init() {}

    /// What is left of `bytes`, and what is to be answered.
    package mutating func strip(_ bytes: ByteBuffer) -> (text: ByteBuffer, answers: [UInt8]) {
        let view = bytes.readableBytesView
        if case .text = state, !view.contains(Self.interpretAsCommand) { return (bytes, []) }
        var text = ByteBuffer()
        var answers: [UInt8] = []
        for octet in view {
            switch state {
            case .text:
                if octet == Self.interpretAsCommand { state = .command } else { text.writeInteger(octet) }
            case .command:
                switch octet {
                case Self.interpretAsCommand:
                    text.writeInteger(octet)
                    state = .text
                case Self.will, Self.wont, Self.do, Self.dont: state = .option(octet)
                default: state = .text
                }
            case .option(let verb):
                if verb == Self.will { answers += [Self.interpretAsCommand, Self.dont, octet] }
                if verb == Self.do { answers += [Self.interpretAsCommand, Self.wont, octet] }
                state = .text
            }
        }
        return (text, answers)
    }

    private static let interpretAsCommand: UInt8 = 255
    private static let will: UInt8 = 251
    private static let wont: UInt8 = 252
    private static let `do`: UInt8 = 253
    private static let dont: UInt8 = 254
}
