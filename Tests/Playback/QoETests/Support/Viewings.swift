import QoE

/// Sessions small enough to compute with a pencil.
enum Sample {
    /// Six versions, those of Pensieve's paper.
    static let ladder = [300_000, 750_000, 1_200_000, 1_850_000, 2_850_000, 4_300_000]

    /// Four segments of 4 s at 300, 1200, 1200 and 4300 kbit/s; shown from 1 s on, halted for 2 s after 6 s of media, over
    /// at 19 s.
    static func trace(
        bitRates: [Int] = [300_000, 1_200_000, 1_200_000, 4_300_000], ladder: [Int] = ladder, ssim: [Double] = [],
        vmaf: [Double] = []
    ) -> [TraceEvent] {
        let requests = bitRates.enumerated().map { index, bitRate in
            TraceEvent.request(
                RequestRecord(
                    time: Double(index), media: "video", track: "v\(bitRate)", segment: index + 1, duration: 4,
                    bitRate: bitRate, url: "u", bytes: bitRate / 2, firstByte: nil, lastByte: Double(index) + 1,
                    status: nil, cacheStatus: nil, outcome: "complete",
                    ssim: index < ssim.count ? ssim[index] : nil, vmaf: index < vmaf.count ? vmaf[index] : nil))
        }
        return [.session(SessionRecord(url: "u", rule: "fixed", duration: 16, ladder: ladder))] + requests.prefix(1)
            + [.startup(time: 1), .stallBegan(time: 7), .stallEnded(time: 9, duration: 2)] + requests.dropFirst()
            + [.end(EndRecord(time: 19, played: 16, outcome: "completed"))]
    }

    static func viewing(
        bitRates: [Int] = [300_000, 1_200_000, 1_200_000, 4_300_000], ladder: [Int] = ladder, ssim: [Double] = [],
        vmaf: [Double] = []
    ) -> Viewing {
        Viewing(of: trace(bitRates: bitRates, ladder: ladder, ssim: ssim, vmaf: vmaf))
    }
}
