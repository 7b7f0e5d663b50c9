import FileWatch
import Foundation
import Testing

@Suite("Watched files")
struct WatchedFilesTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "watched-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path(percentEncoded: false))
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    @Test("have changed when one has, has gone or has come")
    func changes() throws {
        try withFolder { folder in
            let (one, other) = (folder + "/one", folder + "/other")
            try write("1", to: one)
            func read() -> WatchedFiles {
                var files = WatchedFiles()
                _ = files.read(one, limit: 9)
                _ = files.read(other, limit: 9)
                return files
            }
            var files = WatchedFiles()
            #expect(!files.haveChanged)
            #expect(files.read(one, limit: 9) == Array("1".utf8) && files.read(other, limit: 9) == nil)
            #expect(!files.haveChanged)
            try write("2", to: other)
            #expect(files.haveChanged && !read().haveChanged)
            files = read()
            try write("12", to: one)
            #expect(files.haveChanged)
            files = read()
            try FileManager.default.removeItem(atPath: other)
            #expect(files.haveChanged && !read().haveChanged)
            // In its place, as an editor may do.
            files = read()
            let handle = try #require(FileHandle(forWritingAtPath: one))
            try handle.write(contentsOf: Data("123".utf8))
            try handle.close()
            #expect(files.haveChanged && read().haveChanged == false)
            // Rights decide whether it can be read at all.
            files = read()
            for _ in 0..<1_000_000 where !files.haveChanged {
                // Seen at the next tick of the file system's clock.
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: one)
            }
            #expect(files.haveChanged)
        }
    }

    @Test("are those that links lead to")
    func links() throws {
        try withFolder { folder in
            let (link, file) = (folder + "/link", folder + "/file")
            try write("1", to: file)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "file")
            var files = WatchedFiles()
            #expect(files.read(link, limit: 9) == Array("1".utf8) && !files.haveChanged)
            try write("22", to: file)
            // What was made of the first reading is still out of date after a second one.
            #expect(files.haveChanged && files.read(link, limit: 9) == Array("22".utf8) && files.haveChanged)
        }
    }

    @Test("are read up to a limit, and only where there is something to read")
    func limits() throws {
        try withFolder { folder in
            try write("123", to: folder + "/file")
            var files = WatchedFiles()
            #expect(files.read(folder + "/file", limit: 3)?.count == 3 && files.read(folder + "/file", limit: 2) == nil)
            #expect(files.read("/dev/zero", limit: 1 << 20) == nil && files.read(folder, limit: 9) == nil)
            #expect(files.read("/dev/null", limit: 0) == [] && !files.haveChanged)
            try write("", to: folder + "/file")
            #expect(files.haveChanged && files.read(folder + "/file", limit: 0) == [])
        }
    }

    @Test("that are pipes are read once")
    func pipes() throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data("1".utf8))
        try pipe.fileHandleForWriting.close()
        var files = WatchedFiles()
        let path = "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)"
        #expect(files.read(path, limit: 9) == Array("1".utf8) && !files.haveChanged)
    }

    @Test("are looked at at once, and no more when the task is cancelled")
    func loop() async {
        let (looks, continuation) = AsyncStream<Void>.makeStream()
        let task = Task { await eachSecond { continuation.yield() } }
        for await _ in looks { break }
        task.cancel()
        await task.value
    }
}
