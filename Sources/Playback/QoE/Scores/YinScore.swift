/// Yin, Jindal, Sekar and Sinopoli, "A control-theoretic approach for dynamic adaptive video streaming over HTTP", SIGCOMM
/// 2015, equation 5 with the paper's weights for a balanced viewer: the sum, over the whole session and in kbit/s, of the
/// segments' bit rates, less the changes between neighbours, less 3000 for each second of stall and of start-up.
///
/// It is a sum and grows with the session: compare sessions of the same length.
package struct YinScore: Score {
    package static let name = "Yin"
    package static let source = "Yin et al., SIGCOMM 2015, eq. 5, balanced"
    private static let rebuffering = 3000.0

    package init() {}

    package func value(of viewing: Viewing) -> ScoreValue {
        guard let startup = viewing.startupDelay else { return .undefined("nothing was shown") }
        let rates = viewing.segments.map { Double($0.bitRate) / 1000 }
        let waiting = viewing.stallDuration + startup
        return .number(rates.reduce(0, +) - Viewing.variation(of: rates) - Self.rebuffering * waiting)
    }
}
