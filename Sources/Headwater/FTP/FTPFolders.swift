import Accounts
import FTP
import Foundation

/// Which folder of this machine each user of FTP sees.
struct FTPFolders {
    var data: String
    var root: String?
    var access: FTPUser.Access
    var quota: Int64?
    var allowsAnonymous: Bool

    /// Makes what is missing, and sweeps away what killed servers left of uploads.
    ///
    /// - Throws: ``CommandError``.
    func prepare() throws {
        if let root {
            guard let files = try? POSIXFileSystem(root: root) else {
                throw CommandError(.noInput, "cannot open the folder \(root)")
            }
            files.sweep()
            return
        }
        for folder in [data + "/ftp"] + (allowsAnonymous ? [data + "/ftp/anonymous"] : []) {
            do {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            } catch {
                throw CommandError(.cannotCreate, "cannot make the folder \(folder): \(error.localizedDescription)")
            }
        }
        if let files = try? POSIXFileSystem(root: data + "/ftp") { files.sweep() }
    }

    func user(_ account: AccountName) throws -> (FTPUser, any FileSystem) {
        let folder = root ?? "\(data)/ftp/\(account)"
        if root == nil { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        return (
            FTPUser(name: account.description, access: access), try POSIXFileSystem(root: folder, quota: quota)
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
