import Foundation
import NIOCore
import NIOPosix
import SegmentStore
import Testing

/// A library in a new folder while `body` runs; beside it a file that it must not give away.
private func withLibrary(_ body: (_ root: String, _ outside: String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(component: "store-\(UUID().uuidString)")
        .path(percentEncoded: false)
    try FileManager.default.createDirectory(atPath: folder + "/library/media", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data("secret".utf8).write(to: URL(filePath: folder + "/secret"))
    try await body(folder + "/library", folder + "/secret")
}

private func key(_ path: String) throws -> ObjectKey {
    try #require(ObjectKey(segments: path.split(separator: "/").map(String.init)))
}

private func object(_ store: FileSegmentStore, _ path: String) async throws -> StoredObject {
    try await store.object(try key(path), on: MultiThreadedEventLoopGroup.singleton.next()).get()
}

/// What an object holds, wherever it is.
private func bytes(_ object: StoredObject) -> [UInt8] {
    switch object.content {
    case .memory(let buffer): return Array(buffer.readableBytesView)
    case .file(let file):
        var result = [UInt8](repeating: 0, count: object.size)
        let count = pread(file.descriptor, &result, object.size, 0)
        return Array(result.prefix(max(count, 0)))
    }
}

@Suite("File segment store")
struct FileSegmentStoreTests {
    @Test("Small files come from memory, large ones from their descriptor; both whole")
    func sizes() async throws {
        try await withLibrary { root, _ in
            var limits = FileSegmentStore.Limits()
            limits.smallFile = 10
            let store = try FileSegmentStore(folder: root, limits: limits)
            for size in [0, 10, 11] {
                let content = (0..<size).map { UInt8($0) }
                try Data(content).write(to: URL(filePath: "\(root)/media/\(size)"))
                let object = try await object(store, "media/\(size)")
                #expect(object.size == size)
                #expect(bytes(object) == content)
                if case .memory = object.content { #expect(size <= 10) } else { #expect(size > 10) }
            }
        }
    }

    @Test("A file that is replaced is another version; one that is not is the same object")
    func replacement() async throws {
        try await withLibrary { root, _ in
            let store = try FileSegmentStore(folder: root)
            let url = URL(filePath: root + "/media/a")
            try Data("one".utf8).write(to: url, options: .atomic)
            let first = try await object(store, "media/a")
            let again = try await object(store, "media/a")
            #expect(first === again)
            try Data("two".utf8).write(to: url, options: .atomic)
            let second = try await object(store, "media/a")
            #expect(bytes(second) == Array("two".utf8))
            #expect(second.version != first.version)
            #expect(bytes(first) == Array("one".utf8))
            try FileManager.default.removeItem(at: url)
            await #expect(throws: SegmentStoreError.self) { try await object(store, "media/a") }
        }
    }

    @Test("Links are followed inside the library and nowhere else; only plain files are objects")
    func links() async throws {
        try await withLibrary { root, secret in
            let store = try FileSegmentStore(folder: root)
            try Data("a".utf8).write(to: URL(filePath: root + "/media/a"))
            let manager = FileManager.default
            try manager.createSymbolicLink(atPath: root + "/media/inside", withDestinationPath: "a")
            try manager.createSymbolicLink(atPath: root + "/media/outside", withDestinationPath: secret)
            try manager.createSymbolicLink(atPath: root + "/media/up", withDestinationPath: "../..")
            try manager.createSymbolicLink(atPath: root + "/media/loop", withDestinationPath: "loop")
            mkfifo(root + "/media/pipe", 0o600)
            #expect(bytes(try await object(store, "media/inside")) == Array("a".utf8))
            for path in [
                "media/outside", "media/up/secret", "media/loop", "media/pipe", "media", "media/none", "media/a/b",
            ] {
                let error = await #expect(throws: SegmentStoreError.self, "\(path)") {
                    try await object(store, path)
                }
                #expect(error?.code == .notFound)
            }
        }
    }

    @Test("A link does not lead to what is hidden or outside the public folders")
    func linksInside() async throws {
        try await withLibrary { root, _ in
            let manager = FileManager.default
            for folder in [".work", "media/.part", "private", "manifests"] {
                try manager.createDirectory(atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
                try Data("a".utf8).write(to: URL(filePath: "\(root)/\(folder)/x"))
            }
            for (link, target) in [
                ("hidden", "../.work/x"), ("part", ".part/x"), ("private", "../private/x"),
                ("manifest", "../manifests/x"),
            ] {
                try manager.createSymbolicLink(atPath: "\(root)/media/\(link)", withDestinationPath: target)
            }
            let store = try FileSegmentStore(folder: root, publicFolders: ["media", "manifests"])
            #expect(bytes(try await object(store, "media/manifest")) == Array("a".utf8))
            for path in ["media/hidden", "media/part", "media/private"] {
                await #expect(throws: SegmentStoreError.self, "\(path)") { try await object(store, path) }
            }
            let open = try FileSegmentStore(folder: root)
            #expect(bytes(try await object(open, "media/private")) == Array("a".utf8))
        }
    }

    @Test("A folder that has gone is a fault")
    func fault() async throws {
        try await withLibrary { root, _ in
            let store = try FileSegmentStore(folder: root)
            #expect(store.fault == nil)
            try FileManager.default.removeItem(atPath: root)
            #expect(store.fault?.contains("cannot be read") == true)
        }
    }

    @Test("A library that is itself behind a link is served")
    func linkedLibrary() async throws {
        try await withLibrary { root, _ in
            try Data("a".utf8).write(to: URL(filePath: root + "/media/a"))
            try FileManager.default.createSymbolicLink(atPath: root + "-link", withDestinationPath: root)
            let store = try FileSegmentStore(folder: root + "-link")
            #expect(bytes(try await object(store, "media/a")) == Array("a".utf8))
        }
    }

    @Test("More files than may be kept are all served")
    func bounds() async throws {
        try await withLibrary { root, _ in
            var limits = FileSegmentStore.Limits()
            limits.smallFile = 4
            limits.memory = 40
            limits.openFiles = 3
            let store = try FileSegmentStore(folder: root, limits: limits)
            for index in 0..<40 {
                let content = String(repeating: "x", count: index % 8)
                try Data(content.utf8).write(to: URL(filePath: "\(root)/media/\(index)"))
            }
            for index in (0..<40).shuffled() + Array(0..<40) {
                #expect(bytes(try await object(store, "media/\(index)")).count == index % 8)
            }
        }
    }

    @Test("A folder that is none is a clear error")
    func unusable() async throws {
        try await withLibrary { root, secret in
            for folder in [root + "/none", secret] {
                let error = #expect(throws: SegmentStoreError.self) { try FileSegmentStore(folder: folder) }
                #expect(error?.code == .unusable)
            }
        }
    }

    @Test(
        "Keys",
        arguments: [
            (["a"], true), (["a", "b c"], true), ([], false), ([""], false), ([".."], false),
            (["a", ".hidden"], false),
            (["a/b"], false), (["a\0"], false), ([String(repeating: "a", count: 256)], false),
            (Array(repeating: "abcdefgh", count: 600), false),
        ])
    func keys(segments: [String], isValid: Bool) {
        #expect((ObjectKey(segments: segments) != nil) == isValid)
    }
}
