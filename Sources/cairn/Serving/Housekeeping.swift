// Why this file exists: what a server does by itself now and then, beside requests: lifecycle rules, the
// pruning of old journal entries, checkpoints, and the record of the time, by which a later start tells a long stop from a
// short one.
import ObjectCore
import S3Gateway

/// The timers of a server.
enum Housekeeping {
    /// How often the time is recorded, in seconds: far below the day that counts as a gap.
    private static let recordingSeconds: Int64 = 3600
    /// How soon a turn is tried again that found other maintenance running, in seconds.
    private static let retrySeconds: Int64 = 10

    /// How often it is looked for access logs that are due, in seconds.
    private static let bucketLogSeconds: Int64 = 1

    /// How often it is looked for inventories that are due, in parts of a day: each minute.
    private static let inventoryLooks: Int64 = 1440

    /// How often it is written down when access keys were used last, in seconds: what a crash may forget.
    private static let keyUseSeconds: Int64 = 300

    /// How often old journal entries are looked for, and how soon after the start, in seconds.
    private static let pruningSeconds: Int64 = 86_400
    private static let firstPruningSeconds: Int64 = 3600

    /// How soon after a burst of uploads its memory is given back, in seconds.
    private static let uploadBurstSeconds: Int64 = 5

    /// Starts the timers; cancel the tasks to end them.
    static func start(
        _ process: ServerProcess, _ configuration: ServeConfiguration, log: EventLog
    ) -> [Task<Void, Never>] {
        var tasks = [
            Task {
                while (try? await Task.sleep(for: .seconds(recordingSeconds))) != nil {
                    await process.recordTime()
                    await process.signCheckpoint()
                    await process.expireEvents()
                }
            },
            Task {
                while (try? await Task.sleep(for: .seconds(keyUseSeconds))) != nil {
                    await process.recordKeyUses()
                }
            },
            Task {
                while (try? await Task.sleep(for: .seconds(bucketLogSeconds))) != nil {
                    await process.deliverBucketLogs()
                }
            },
            Task {
                let wait = max(configuration.lifecycleCalendar.day / inventoryLooks, 250)
                while (try? await Task.sleep(for: .milliseconds(wait))) != nil {
                    await process.deliverInventories()
                }
            },
            Task {
                while (try? await Task.sleep(for: .seconds(uploadBurstSeconds))) != nil {
                    await process.endUploadBurst()
                }
            },
        ]
        if let seconds = configuration.lifecycleIntervalSeconds {
            tasks.append(
                Task {
                    var wait = min(seconds, retrySeconds)
                    while (try? await Task.sleep(for: .seconds(wait))) != nil {
                        wait = await process.runLifecycle(log: log) ? seconds : min(seconds, retrySeconds)
                    }
                })
        }
        if let seconds = configuration.journalRetentionSeconds {
            tasks.append(
                Task {
                    var wait = firstPruningSeconds
                    while (try? await Task.sleep(for: .seconds(wait))) != nil {
                        await process.pruneJournal(retentionSeconds: seconds, log: log)
                        wait = pruningSeconds
                    }
                })
        }
        return tasks
    }
}
