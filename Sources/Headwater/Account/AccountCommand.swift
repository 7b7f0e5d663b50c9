import Accounts
import ArgumentParser
import Foundation
import Report

/// `headwater account`: who may log in to the services of a data folder.
struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Manage the accounts of mail and file transfer.",
        discussion: """
            Accounts are in accounts.sqlite of the data folder; servers that run see changes at once.

            Example:
              headwater account add anna@example.org --data /var/lib/headwater
            """,
        subcommands: [Add.self, SetPassword.self, Remove.self, List.self])

    /// Where accounts are kept.
    struct DataOptions: ParsableArguments {
        @Option(help: ArgumentHelp("The folder where the services keep what they know.", valueName: "dir"))
        var data: String

        /// Makes the database where there is none.
        func store() throws -> AccountStore { try AccountStore(folder: data) }

        /// - Throws: ``CommandError`` where there is none: a folder that was mistyped is not to be made.
        func existingStore() throws -> AccountStore {
            guard FileManager.default.fileExists(atPath: data + "/accounts.sqlite") else {
                throw CommandError(.noInput, "there are no accounts in \(data)")
            }
            return try store()
        }
    }

    /// An account that is named on the command line.
    struct NameArgument: ParsableArguments {
        @Argument(help: ArgumentHelp("The account's name, user@domain.", valueName: "user@domain"))
        var name: AccountName
    }

    /// Where a password comes from.
    struct PasswordOptions: ParsableArguments {
        @Flag(help: "Read the password from the first line of standard input instead of asking for it.")
        var passwordStdin = false

        /// - Parameter isNew: whether it is asked for twice.
        func password(isNew: Bool) throws -> String {
            if passwordStdin { return try SecretPrompt.passwordFromStandardInput() }
            let password = try SecretPrompt.password()
            if isNew, SecretPrompt.ask("The same again: ") != password {
                throw CommandError(.usage, "the two passwords differ")
            }
            return password
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account.",
            discussion: "Example: headwater account add anna@example.org --data data --password-stdin <password.txt")

        @OptionGroup var account: NameArgument
        @OptionGroup var folder: DataOptions
        @OptionGroup var secret: PasswordOptions

        func run() async throws {
            let store = try folder.store()
            try await store.add(account.name, password: secret.password(isNew: true))
        }
    }

    struct SetPassword: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "passwd", abstract: "Change an account's password.",
            discussion: "Example: headwater account passwd anna@example.org --data data")

        @OptionGroup var account: NameArgument
        @OptionGroup var folder: DataOptions
        @OptionGroup var secret: PasswordOptions

        func run() async throws {
            let store = try folder.existingStore()
            try await store.setPassword(account.name, password: secret.password(isNew: true))
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove an account; its mail and files stay.",
            discussion: "Example: headwater account remove anna@example.org --data data")

        @OptionGroup var account: NameArgument
        @OptionGroup var folder: DataOptions

        func run() async throws { try await folder.existingStore().remove(account.name) }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the accounts.", discussion: "Example: headwater account list --data data --json")

        @OptionGroup var folder: DataOptions
        @Flag(help: "Print one JSON document on standard output.")
        var json = false

        func run() async throws {
            let accounts = try await folder.existingStore().list()
            if json {
                try StandardStream.output.writeResult(JSONText.document(accounts.map(Row.init)) + "\n")
            } else {
                let table = TextTable(
                    header: ["account", "created", "password set"],
                    rows: accounts.map(Row.init).map { [$0.account, $0.created, $0.passwordSet] })
                try StandardStream.output.writeResult(table.text())
            }
        }

        /// An account as it is printed.
        private struct Row: Encodable {
            var account: String
            var created: String
            var passwordSet: String

            init(_ account: Account) {
                self.account = account.name.description
                created = account.created.formatted(.iso8601)
                passwordSet = account.changed.formatted(.iso8601)
            }
        }
    }
}

extension AccountName: ExpressibleByArgument {
    /// Reads an argument: `USER@DOMAIN`.
    package init?(argument: String) { self.init(argument) }
}

extension AccountError: ExitStatusProviding {
    var systemExit: SystemExit {
        switch code {
        case .exists: .cannotCreate
        case .unknown: .noInput
        case .badPassword: .dataError
        case .unusable: .ioError
        case .busy: .temporaryFailure
        }
    }
}
