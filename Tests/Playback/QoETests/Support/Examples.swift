import QoE

/// An event of every kind, each member set, and the line that it makes. `Documentation/trace-schema.md` shows the same.
enum Example {
    static let session = TraceEvent.session(
        SessionRecord(
            url: "http://127.0.0.1:8080/manifests/clip.mpd", rule: "bola-u:buffer=25", profile: "3g:mean=1500", seed: 7,
            simulated: true, duration: 596.5, ladder: [300_000, 750_000, 2_500_000], maxBuffer: 25,
            versions: [
                VersionRecord(
                    id: "v360", media: "video", bitRate: 750_000, codecs: "avc1.64001E", width: 640, height: 360,
                    frameRate: 25), VersionRecord(id: "a128", media: "audio", bitRate: 128_000, codecs: "mp4a.40.2"),
            ]))
    static let decision = TraceEvent.decision(
        DecisionRecord(
            time: 4.25, media: "video", segment: 3, buffer: 5.75, throughput: 1_250_000, choice: "v360",
            bitRate: 750_000, wait: 0, reason: "buffer"))
    static let request = TraceEvent.request(
        RequestRecord(
            time: 4.25, media: "video", track: "v360", segment: 3, duration: 4, bitRate: 750_000,
            url: "http://127.0.0.1:8080/media/clip/0123/v360/00003.m4s", bytes: 371_250, firstByte: 4.375,
            lastByte: 6.75, status: 200, cacheStatus: "edge; hit", outcome: "complete",
            replaces: "v240", ssim: 0.985, vmaf: 84.5))
    static let buffer = TraceEvent.buffer(BufferRecord(time: 6.75, position: 4.5, video: 7.5, audio: 5.5))
    static let versionSwitch = TraceEvent.versionSwitch(
        SwitchRecord(time: 6.75, media: "video", segment: 3, from: "v240", to: "v360"))
    static let end = TraceEvent.end(
        EndRecord(
            time: 31.5, played: 24, outcome: "failed",
            message: "video segment 7 (http://127.0.0.1:8080/v360/00007.m4s): timeout"))

    static let all: [(TraceEvent, String)] = [
        (
            session,
            #"{"duration":596.5,"ladder":[300000,750000,2500000],"maxBuffer":25,"profile":"3g:mean=1500","#
                + #""rule":"bola-u:buffer=25","schema":1,"seed":7,"simulated":true,"type":"session","#
                + #""url":"http://127.0.0.1:8080/manifests/clip.mpd","versions":[{"bitRate":750000,"codecs":"avc1.64001E","#
                + #""frameRate":25,"height":360,"id":"v360","media":"video","width":640},"#
                + #"{"bitRate":128000,"codecs":"mp4a.40.2","id":"a128","media":"audio"}]}"#
        ),
        (
            decision,
            #"{"bitRate":750000,"buffer":5.75,"choice":"v360","media":"video","reason":"buffer","segment":3,"#
                + #""throughput":1250000,"time":4.25,"type":"decision","wait":0}"#
        ),
        (
            request,
            #"{"bitRate":750000,"bytes":371250,"cacheStatus":"edge; hit","duration":4,"firstByte":4.375,"#
                + #""lastByte":6.75,"media":"video","outcome":"complete","replaces":"v240","segment":3,"ssim":0.985,"#
                + #""status":200,"#
                + #""time":4.25,"track":"v360","type":"request","#
                + #""url":"http://127.0.0.1:8080/media/clip/0123/v360/00003.m4s","vmaf":84.5}"#
        ),
        (buffer, #"{"audio":5.5,"position":4.5,"time":6.75,"type":"buffer","video":7.5}"#),
        (.startup(time: 0.625), #"{"time":0.625,"type":"startup"}"#),
        (.stallBegan(time: 12.5), #"{"time":12.5,"type":"stallBegan"}"#),
        (.stallEnded(time: 14.25, duration: 1.75), #"{"duration":1.75,"time":14.25,"type":"stallEnded"}"#),
        (versionSwitch, #"{"from":"v240","media":"video","segment":3,"time":6.75,"to":"v360","type":"switch"}"#),
        (
            end,
            #"{"message":"video segment 7 (http://127.0.0.1:8080/v360/00007.m4s): timeout","outcome":"failed","#
                + #""played":24,"time":31.5,"type":"end"}"#
        ),
    ]

    /// With every member that may be left out left out.
    static let sparse: [(TraceEvent, String)] = [
        (
            .session(SessionRecord(url: "file.mp4", duration: 4)),
            #"{"duration":4,"ladder":[],"schema":1,"simulated":false,"type":"session","url":"file.mp4"}"#
        ),
        (
            .decision(
                DecisionRecord(
                    time: 0, media: "audio", segment: 1, buffer: 0, throughput: nil, choice: "a128", bitRate: 128_000,
                    wait: 0.5, reason: "start")),
            #"{"bitRate":128000,"buffer":0,"choice":"a128","media":"audio","reason":"start","segment":1,"time":0,"#
                + #""type":"decision","wait":0.5}"#
        ),
        (
            .request(
                RequestRecord(
                    time: 0, media: "video", track: "v240", segment: nil, duration: 0, bitRate: 300_000,
                    url: "init.mp4",
                    bytes: 0, firstByte: nil, lastByte: nil, status: nil, cacheStatus: nil, outcome: "timeout")),
            #"{"bitRate":300000,"bytes":0,"duration":0,"media":"video","outcome":"timeout","time":0,"track":"v240","#
                + #""type":"request","url":"init.mp4"}"#
        ),
        (
            .buffer(BufferRecord(time: 1, position: 0, video: nil, audio: nil)),
            #"{"position":0,"time":1,"type":"buffer"}"#
        ),
        (
            .end(EndRecord(time: 1, played: 0, outcome: "stopped")),
            #"{"outcome":"stopped","played":0,"time":1,"type":"end"}"#
        ),
    ]

    /// A trace that holds them all.
    static var text: String { (all + sparse).map { $0.1 + "\n" }.joined() }
}
