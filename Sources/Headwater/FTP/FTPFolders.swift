import Accounts
import FTP
import Foundation
import NIOPosix
import ServiceLifecycle

/// Which folder of this machine each user of FTP sees.
struct FTPFolders {
    var data: String
    var root: String?
    var access: FTPUser.Access
    var quota: Int64?
    var allowsAnonymous: Bool
    /// Seconds that what came of a broken upload is kept.
    private static let keptTime = 86_400.0

    /// Makes what is missing, and sweeps away what killed servers left of uploads.
    ///
    /// - Throws: ``CommandError``.
    func prepare() throws {
        if let root, (try? POSIXFileSystem(root: root)) == nil {
            throw CommandError(.noInput, "cannot open the folder \(root)")
        }
        guard root == nil else { return sweep() }
        for folder in [data + "/ftp"] + (allowsAnonymous ? [data + "/ftp/anonymous"] : []) {
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw CommandError(.cannotCreate, "cannot make the folder \(folder): \(error.localizedDescription)")
            }
        }
        sweep()
    }

    /// Removes what nobody will continue.
    func sweep() {
        try? POSIXFileSystem(root: root ?? data + "/ftp", broken: BrokenUploads(owner: "", age: Self.keptTime)).sweep()
    }

    func user(_ account: AccountName) throws -> (FTPUser, any FileSystem) {
        let folder = root ?? "\(data)/ftp/\(account)"
        if root == nil { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        return (
            FTPUser(name: account.description, access: access),
            try POSIXFileSystem(
                root: folder, quota: quota,
                broken: access == .full ? BrokenUploads(owner: account.description, age: Self.keptTime) : nil)
        )
    }

    /// Nil when strangers are not let in.
    func anonymous() throws -> (FTPUser, any FileSystem)? {
        guard allowsAnonymous else { return nil }
        return (
            FTPUser(name: "anonymous", access: .readOnly), try POSIXFileSystem(root: root ?? data + "/ftp/anonymous")
        )
    }
}

/// Removes now and then what is kept of broken uploads and was not continued.
struct UploadSweeper: Service {
    let folders: FTPFolders

    func run() async throws {
        try? await cancelWhenGracefulShutdown { [folders] in
            while true {
                try await Task.sleep(for: .seconds(3600))
                try await NIOThreadPool.singleton.runIfActive { folders.sweep() }
            }
        }
    }
}
