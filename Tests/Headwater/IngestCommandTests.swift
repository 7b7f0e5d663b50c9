import Foundation
import Manifest
import Presentation
import Subprocess
import SystemPackage
import Testing

@Suite("headwater ingest")
struct IngestCommandTests {
    /// Makes a film with `ffmpeg` from the arguments, separated by spaces.
    private func makeFilm(_ arguments: String, in folder: String, named name: String = "film.mp4") async throws
        -> String
    {
        let path = "\(folder)/\(name)"
        let result = try await command(
            "ffmpeg",
            ["-v", "error", "-nostdin", "-y"] + arguments.split(separator: " ").map(String.init) + [path])
        try #require(result.status == 0, "\(result.standardError)")
        return path
    }

    /// One column of what `ffprobe` says about the first stream of a kind.
    private func probe(_ path: String, _ entries: String, stream: String = "v:0") async throws -> String {
        let result = try await command(
            "ffprobe",
            [
                "-v", "error", "-count_frames", "-select_streams", stream, "-show_entries", entries, "-of",
                "default=noprint_wrappers=1:nokey=1", path,
            ])
        return result.standardOutput.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }

    /// The only presentation's folder in a library.
    private func presentation(_ library: String, _ name: String) throws -> String {
        let root = "\(library)/media/\(name)"
        let folders = try FileManager.default.contentsOfDirectory(atPath: root)
        try #require(folders.count == 1)
        return "\(root)/\(folders[0])"
    }

    /// Whether two folders hold the same files with the same bytes.
    private func areEqual(_ a: String, _ b: String) async throws -> Bool {
        let result = try await command("diff", ["-rq", a, b])
        return result.status == 0
    }

    @Test("makes versions that ffprobe counts every picture in")
    func pictures() async throws {
        let library = try await SampleLibrary.path()
        let root = try presentation(library, "clip")
        let frames = try await probe(sampleClip, "stream=nb_read_frames")
        #expect(frames == "132")
        try await withTemporaryDirectory { folder in
            for (track, height) in [("v240", "240"), ("v360", "360"), ("v480", "480"), ("v720", "720")] {
                var data = try Data(contentsOf: URL(filePath: "\(root)/\(track)/init.mp4"))
                for number in 1...3 {
                    data += try Data(contentsOf: URL(filePath: "\(root)/\(track)/0000\(number).m4s"))
                }
                let path = "\(folder)/\(track).mp4"
                try data.write(to: URL(filePath: path))
                #expect(try await probe(path, "stream=nb_read_frames") == frames)
                #expect(try await probe(path, "stream=height") == height)
                #expect(try await probe(path, "stream=display_aspect_ratio") == "16:9")
                // Every segment decodes on its own, behind the header.
                let header = try Data(contentsOf: URL(filePath: "\(root)/\(track)/init.mp4"))
                try (header + Data(contentsOf: URL(filePath: "\(root)/\(track)/00002.m4s")))
                    .write(to: URL(filePath: path))
                #expect(try await probe(path, "stream=nb_read_frames") == "50")
            }
        }
    }

    @Test("writes a manifest that xmllint and our own reader accept")
    func manifest() async throws {
        let library = try await SampleLibrary.path()
        let path = "\(library)/manifests/clip.mpd"
        #expect(try await command("xmllint", ["--noout", path]).status == 0)
        let mpd = try MPD(parsing: [UInt8](Data(contentsOf: URL(filePath: path))))
        let presentation = try mpd.presentation(at: "http://host/manifests/clip.mpd")
        #expect(abs(presentation.duration - 5.312) < 0.001)
        let video = try #require(presentation.switchingSet(.video))
        #expect(video.tracks.map(\.codecs).allSatisfy { $0.hasPrefix("avc1.64") })
        #expect(video.tracks.map(\.bandwidth) == video.tracks.map(\.bandwidth).sorted())
        #expect(presentation.switchingSet(.audio)?.tracks.first?.codecs == "mp4a.40.2")
    }

    @Test("prints one JSON document, and does nothing the second time")
    func json() async throws {
        try await withTemporaryDirectory { folder in
            let film = try await makeFilm("-f lavfi -i testsrc2=s=160x120:r=25:d=2.4 -c:v libx264", in: folder)
            for outcome in ["created", "unchanged"] {
                let result = try await headwater(
                    "ingest", film, "--library", "\(folder)/library", "--name", "small", "--json",
                    "--segment-duration", "800ms")
                #expect(result.status == 0)
                let object = try JSONSerialization.jsonObject(with: Data(result.standardOutput.utf8))
                let report = try #require(object as? [String: Any])
                #expect(report["outcome"] as? String == outcome)
                #expect((report["tracks"] as? [[String: Any]])?.first?["segments"] as? Int == 3)
            }
            let result = try await headwater("ingest", film, "--library", "\(folder)/library", "--name", "small")
            #expect(result.status == 0)
            #expect(result.standardOutput.contains("manifest: \(folder)/library/manifests/small.mpd"))
        }
    }

    @Test("ends with the same bytes after being killed at any moment", arguments: [1, 2])
    func kill(seed: Int) async throws {
        try await withTemporaryDirectory { folder in
            // Keyframes are far apart, so that going on means decoding and discarding.
            let film = try await makeFilm(
                "-f lavfi -i testsrc2=s=426x240:r=25:d=8 -f lavfi -i sine=r=48000:d=8 -c:v libx264 -preset ultrafast "
                    + "-g 90 -c:a aac", in: folder)
            let ladder = "\(folder)/ladder.json"
            try Data(#"[{"height": 240}, {"height": 160}]"#.utf8).write(to: URL(filePath: ladder))
            func arguments(_ library: String, jobs: Int) -> [String] {
                [
                    "ingest", film, "--library", "\(folder)/\(library)", "--ladder", ladder, "--segment-duration",
                    "0.5s",
                    "--jobs", "\(jobs)",
                ] + (seed == 2 ? ["--quality", "ssim"] : [])
            }
            let whole = try await command(headwaterExecutable, arguments("whole", jobs: 3))
            #expect(whole.status == 0, "\(whole.standardError)")

            var kills = 0
            var finished = false
            while !finished, kills < 40 {
                // Killed when so many segments more are there than the last time.
                let goal = try segmentCount("\(folder)/broken") + 1 + (kills * 7 + seed * 3) % 5
                let outcome = try await run(
                    .path(.init(headwaterExecutable)), arguments: Arguments(arguments("broken", jobs: 1 + kills % 3)),
                    input: .none,
                    output: .discarded, error: .discarded
                ) { execution in
                    while try segmentCount("\(folder)/broken") < goal, isRunning(execution.processIdentifier.value) {
                        await Task.yield()
                    }
                    #expect(noManifestBeforeTheEnd("\(folder)/broken"))
                    try? execution.send(signal: .kill)
                }
                finished = outcome.terminationStatus.code == 0
                kills += 1
            }
            let last = try await command(headwaterExecutable, arguments("broken", jobs: 2))
            #expect(last.status == 0, "\(last.standardError)")
            #expect(kills > 2)
            #expect(try await areEqual("\(folder)/whole", "\(folder)/broken"))
        }
    }

    private func segmentCount(_ library: String) throws -> Int {
        let files = FileManager.default.enumerator(atPath: "\(library)/media")
        var count = 0
        while let file = files?.nextObject() as? String { if file.hasSuffix(".m4s") { count += 1 } }
        return count
    }

    /// Whether a process still works: a finished one that nobody has waited for is no more than a name.
    private func isRunning(_ process: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        return !(status.split(separator: ")").last?.hasPrefix(" Z") ?? true)
    }

    private func noManifestBeforeTheEnd(_ library: String) -> Bool {
        guard FileManager.default.fileExists(atPath: "\(library)/manifests/film.mpd") else { return true }
        return ((try? segmentCount(library)) ?? 0) >= 16 * 3 - 1
    }

    @Test("stops on a signal, says how to go on, and goes on", arguments: [SIGINT, SIGTERM])
    func interruption(signal: Int32) async throws {
        try await withTemporaryDirectory { folder in
            let film = try await makeFilm("-f lavfi -i testsrc2=s=640x360:r=25:d=20 -c:v libx264", in: folder)
            let library = "\(folder)/library"
            let outcome = try await run(
                .path(.init(headwaterExecutable)),
                arguments: ["ingest", film, "--library", library, "--preset", "medium"], input: .none,
                output: .discarded, error: .string(limit: 1 << 16)
            ) { execution in
                while try segmentCount(library) == 0, isRunning(execution.processIdentifier.value) {
                    await Task.yield()
                }
                try execution.send(signal: signal == SIGINT ? .interrupt : .terminate)
            }
            #expect(outcome.terminationStatus.code == 128 + signal)
            #expect(outcome.standardError.contains("goes on from here"))
            #expect(!FileManager.default.fileExists(atPath: "\(library)/manifests/film.mpd"))
        }
    }

    struct BadInput: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var arguments: [String]
        var status: Int32
        /// Part of the one line on standard error.
        var complaint: String
    }

    static let badInputs = [
        BadInput(
            testDescription: "a missing file", arguments: ["nowhere.mp4"], status: 66, complaint: "No such file"),
        BadInput(testDescription: "a directory", arguments: ["."], status: 66, complaint: "directory"),
        BadInput(testDescription: "an empty file", arguments: ["empty.mp4"], status: 65, complaint: "empty"),
        BadInput(testDescription: "text", arguments: ["text.txt"], status: 65, complaint: "not a video"),
        BadInput(
            testDescription: "text by the name of a film", arguments: ["text.mp4"], status: 65,
            complaint: "known format"),
        BadInput(
            testDescription: "a name that breaks the line", arguments: ["no\nwhere\u{1B}.mp4"], status: 66,
            complaint: "no?where?.mp4"),
        BadInput(testDescription: "a cut-off MP4", arguments: ["cut.mp4"], status: 65, complaint: "cut off"),
        BadInput(
            testDescription: "a name with a slash", arguments: ["clip.mp4", "--name", "a/b"], status: 64,
            complaint: "\"a-b\" would do"),
        BadInput(
            testDescription: "a library that is a file", arguments: ["clip.mp4", "--library", "text.txt"], status: 73,
            complaint: "text.txt is a file"),
        BadInput(
            testDescription: "an unknown preset", arguments: ["clip.mp4", "--preset", "warp"], status: 64,
            complaint: "veryfast"),
        BadInput(
            testDescription: "segments too short", arguments: ["clip.mp4", "--segment-duration", "1ms"], status: 64,
            complaint: "0.5 s"),
        BadInput(
            testDescription: "a quality that nobody measures", arguments: ["clip.mp4", "--quality", "vmaf"], status: 64,
            complaint: "ssim"),
        BadInput(
            testDescription: "no jobs", arguments: ["clip.mp4", "--jobs", "0"], status: 64, complaint: "--jobs"),
        BadInput(
            testDescription: "a ladder that does not exist", arguments: ["clip.mp4", "--ladder", "none.json"],
            status: 66,
            complaint: "none.json"),
        BadInput(
            testDescription: "a ladder that is none", arguments: ["clip.mp4", "--ladder", "text.txt"], status: 78,
            complaint: "JSON"),
    ]

    @Test("answers bad input with one clear line and a status", arguments: badInputs)
    func badInput(_ example: BadInput) async throws {
        try await withTemporaryDirectory { folder in
            let clip = try Data(contentsOf: URL(filePath: sampleClip))
            try clip.write(to: URL(filePath: "\(folder)/clip.mp4"))
            try clip.prefix(400_000).write(to: URL(filePath: "\(folder)/cut.mp4"))
            try Data().write(to: URL(filePath: "\(folder)/empty.mp4"))
            for name in ["text.txt", "text.mp4"] {
                try Data("Words.\n".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
            }
            let before = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            let result = try await run(
                .path(.init(headwaterExecutable)), arguments: Arguments(["ingest"] + example.arguments),
                workingDirectory: FilePath(folder), output: .string(limit: 1 << 16), error: .string(limit: 1 << 16))
            #expect(result.terminationStatus.code == example.status)
            #expect(result.standardOutput.isEmpty)
            let lines = result.standardError.split(separator: "\n")
            #expect(lines.count == 1 && lines[0].hasPrefix("headwater: error: "))
            #expect(result.standardError.contains(example.complaint), "\(result.standardError)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == before)
        }
    }

    /// Makes reads of `$FAILING_FILE` fail with EIO behind the first 64 KiB, from the third time on that it is opened:
    /// the first two are those of the content's hash and the survey.
    private static let failingReads = #"""
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <stdatomic.h>
        #include <stdarg.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        static atomic_int opened;
        /* Bytes that a file may still give; 0 for any number, -1 for none. */
        static atomic_long left[1024];
        static int note(int file, const char *path) {
            const char *name = getenv("FAILING_FILE");
            if (file < 0 || file >= 1024) return file;
            int fails = name && strcmp(path, name) == 0 && atomic_fetch_add(&opened, 1) >= 2;
            atomic_store(&left[file], fails ? 65536 : 0);
            return file;
        }
        int open(const char *path, int flags, ...) {
            va_list list; va_start(list, flags); int mode = va_arg(list, int); va_end(list);
            int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
            return note(real(path, flags, mode), path);
        }
        int open64(const char *path, int flags, ...) {
            va_list list; va_start(list, flags); int mode = va_arg(list, int); va_end(list);
            int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");
            return note(real(path, flags, mode), path);
        }
        ssize_t read(int file, void *buffer, size_t size) {
            ssize_t (*real)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
            long rest = file >= 0 && file < 1024 ? atomic_load(&left[file]) : 0;
            if (rest < 0) { errno = EIO; return -1; }
            ssize_t count = real(file, buffer, rest > 0 && size > (size_t)rest ? (size_t)rest : size);
            if (rest > 0 && count > 0) atomic_store(&left[file], rest > count ? rest - count : -1);
            return count;
        }
        """#

    @Test("does not take a disk that cannot be read for the source's end", arguments: ["film.mkv", "film.ts"])
    func readError(name: String) async throws {
        try await withTemporaryDirectory { folder in
            try Self.failingReads.write(toFile: "\(folder)/reads.c", atomically: true, encoding: .utf8)
            let built = try await command(
                "clang", ["-shared", "-fPIC", "-o", "\(folder)/reads.so", "\(folder)/reads.c", "-ldl"])
            try #require(built.status == 0, "\(built.standardError)")
            let film = try await makeFilm(
                "-f lavfi -i testsrc2=s=160x120:r=25:d=3 -f lavfi -i sine=r=48000:d=3 -c:v mpeg4 -q:v 1 -c:a mp2",
                in: folder, named: name)
            let result = try await command(
                headwaterExecutable, ["ingest", film, "--library", "\(folder)/library"],
                environment: ["LD_PRELOAD": "\(folder)/reads.so", "FAILING_FILE": film])
            #expect(result.status == 66, "\(result.standardError)")
            #expect(result.standardError == "headwater: error: cannot read \(film): Input/output error\n")
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/library/manifests/film.mpd"))
        }
    }

    @Test("fails when its result cannot be written")
    func fullOutput() async throws {
        try await withTemporaryDirectory { folder in
            let film = try await makeFilm("-f lavfi -i testsrc2=s=64x48:r=25:d=1 -c:v libx264", in: folder)
            let result = try await command(
                "bash",
                [
                    "-c", #"exec "$@" >/dev/full"#, "bash", headwaterExecutable, "ingest", film, "--json", "--library",
                    "\(folder)/library",
                ])
            #expect(result.status == 74)
            #expect(result.standardError.contains("No space left on device"))
        }
    }

    @Test("ends in order when the disk is full, and keeps no half-written file", .enabled(if: getuid() == 0))
    func fullDisk() async throws {
        try await withTemporaryDirectory { folder in
            let film = try await makeFilm("-f lavfi -i testsrc2=s=320x240:r=25:d=6 -c:v libx264", in: folder)
            try FileManager.default.createDirectory(atPath: "\(folder)/disk", withIntermediateDirectories: true)
            // In a mount namespace of its own, which takes the small disk with it.
            let script = """
                mount -t tmpfs -o size=128k none "$1/disk" || exit 99
                "$2" ingest "$3" --library "$1/disk" 2>"$1/error"; echo $? >"$1/status"
                find "$1/disk" -name '*.tmp' -o -name '*.mpd' >"$1/left"
                """
            let result = try await command(
                "unshare", ["-m", "bash", "-c", script, "test", folder, headwaterExecutable, film])
            // Containers may not mount.
            guard result.status == 0 else { return }
            #expect(try String(contentsOfFile: "\(folder)/status", encoding: .utf8) == "74\n")
            #expect(try String(contentsOfFile: "\(folder)/left", encoding: .utf8).isEmpty)
            let error = try String(contentsOfFile: "\(folder)/error", encoding: .utf8)
            #expect(error.contains("finished segments are kept"))
            #expect(error.contains("No space left on device") && error.split(separator: "\n").count == 1)
        }
    }
}
