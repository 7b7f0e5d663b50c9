internal import ServiceLifecycle

/// Calls `body` at once and then each second, until a graceful shutdown, or until the task is cancelled.
package func eachSecond(_ body: @escaping @Sendable () async -> Void) async {
    try? await cancelWhenGracefulShutdown {
        while true {
            await body()
            try await Task.sleep(for: .seconds(1))
        }
    }
}
