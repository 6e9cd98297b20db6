package io.cairn.engine.pipeline;

/**
 * What a member has sent to others and was sent, since it was started.
 *
 * @param snapshotsSent       whole snapshots that another member has installed.
 * @param snapshotBytesSent   bytes of whole snapshots sent.
 * @param incrementsSent      increments that another member has installed.
 * @param incrementBytesSent  bytes of increments sent.
 * @param snapshotsInstalled  whole snapshots installed here.
 * @param incrementsInstalled increments installed here.
 */
public record TransferCounts(
    long snapshotsSent, long snapshotBytesSent, long incrementsSent, long incrementBytesSent, long snapshotsInstalled, long incrementsInstalled) {

    static TransferCounts of(final PipelineCounts counts) {
        return new TransferCounts(
            counts.snapshotsSent.get(),
            counts.snapshotBytesSent.get(),
            counts.incrementsSent.get(),
            counts.incrementBytesSent.get(),
            counts.snapshotsInstalled.get(),
            counts.incrementsInstalled.get());
    }
}
