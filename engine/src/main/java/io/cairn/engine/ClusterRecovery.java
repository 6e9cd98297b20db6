package io.cairn.engine;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.pipeline.ConfigurationCodec;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.storage.NodeSettings;
import io.cairn.engine.storage.NodeStorage;
import io.cairn.wal.LogCursor;
import io.cairn.wal.LogIncarnation;
import io.cairn.wal.WriteAheadLog;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.concurrent.ThreadLocalRandom;

/**
 * The only way out of a majority that is lost for good: one member that is stopped becomes the sole voter of a new cluster, with what its log has.
 * What other members had acknowledged and this one never received is lost; a person has to accept that.
 *
 * <p>The new cluster has another identity and the directory another incarnation: the members that are gone do not hear it should they come back,
 * and it does not hear them. They join again with empty directories.
 *
 * <p>Crash argument: (1) the incarnation is renewed, (2) a promise of a new term is stored, (3) the configuration entry is logged and forced. After a
 * crash in between the directory neither votes nor stands, as its configuration names another incarnation, and the recovery is done again.
 */
public final class ClusterRecovery {
    private static final int ATTEMPTS_MAX = 10_000;

    private final NodeSettings settings;
    private final int selfId;
    private final ClusterConfiguration before;
    private final long lastIndex;
    private final long lastTerm;
    private final long appliedIndex;

    private ClusterRecovery(final NodeSettings settings, final int wantedId) {
        this.settings = settings;
        try (NodeStorage storage = NodeStorage.open(settings)) {
            before = configuration(storage);
            selfId = wantedId < 0 ? owner(before.membership(), storage.log().incarnation()) : wantedId;
            lastIndex = storage.log().lastIndex();
            lastTerm = storage.log().lastTerm();
            appliedIndex = storage.appliedIndex();
            check(storage);
        }
    }

    /**
     * Look at a directory that nobody runs.
     *
     * @param context  where it is and how its log is laid out; used up by this call.
     * @param memberId of the member; −1 where the directory knows.
     * @return what may be done with it.
     * @throws EngineException when it is no member's, or its log is damaged.
     */
    public static ClusterRecovery examine(final EngineContext context, final int memberId) {
        JvmFlags.check();
        final ClusterContext cluster = new ClusterContext().memberId(Math.max(0, memberId)).member(Math.max(0, memberId), "127.0.0.1:1");
        return new ClusterRecovery(context.cluster(cluster).conclude(), memberId);
    }

    private static ClusterConfiguration configuration(final NodeStorage storage) {
        final WriteAheadLog log = storage.log();
        final long index = log.configurationAtOrBelow(log.lastIndex());
        if (index > storage.appliedIndex()) {
            try (LogCursor cursor = log.newCursor()) {
                if (cursor.seek(index) && cursor.next() && cursor.verifyPayload()) {
                    return ConfigurationCodec.decode(cursor.buffer(), cursor.payloadOffset(), cursor.payloadLength());
                }
                throw new EngineException("configuration entry " + index + " cannot be read: recover another member, whose log is whole");
            }
        }
        final byte[] founding = storage.founding().read();
        final ClusterConfiguration found = storage.restoreReport().loaded()
            .map(loaded -> ConfigurationCodec.decode(loaded.manifest().configuration()))
            .filter(ofSnapshot -> 0 != ofSnapshot.clusterId())
            .orElse(null == founding ? null : ConfigurationCodec.decode(founding));
        if (null == found || 0 == found.clusterId()) {
            throw new EngineException("the directory belongs to no cluster: there is nothing to recover");
        }
        return found;
    }

    private static int owner(final Membership membership, final long incarnation) {
        for (long rest = membership.members(); 0 != rest; rest &= rest - 1) {
            final int id = Long.numberOfTrailingZeros(rest);
            if (membership.incarnation(id) == incarnation) {
                return id;
            }
        }
        throw new EngineException(
            "the directory has another incarnation than any member of " + membership + ": say which member it was with --id N");
    }

    private void check(final NodeStorage storage) {
        if (!before.membership().isMember(selfId)) {
            throw new EngineException("member " + selfId + " is not in the cluster (" + before.membership() + "): recover one that is");
        }
        if (storage.log().repairs().count() > 0 || storage.needsSnapshot()) {
            throw new EngineException(
                "entries are missing or damaged in this directory: recover the member with the longest whole log ('cairn wal verify DIR' tells)");
        }
    }

    /** @return what will be lost and what will be done, for a person. */
    public String loss() {
        return "member " + selfId + " of cluster " + Long.toHexString(before.clusterId()) + " (" + before.membership() + ") has entries up to " +
            lastIndex + " of term " + lastTerm + ", the newest snapshot at " + appliedIndex + ". It becomes the only member of a new cluster with" +
            " exactly these. Everything that other members acknowledged behind entry " + lastIndex + " is lost. Their directories must not be used" +
            " again: delete them, start the members blank and add them.";
    }

    /** @return the member. */
    public int memberId() {
        return selfId;
    }

    /**
     * Do it.
     *
     * @return identity of the new cluster.
     */
    public long accept() {
        LogIncarnation.renew(settings.storageIo(), NodeStorage.walDirectory(settings));
        final long clusterId = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
        try (NodeStorage storage = NodeStorage.open(settings)) {
            final WriteAheadLog log = storage.log();
            final long term = Math.max(log.stableStore().term(), Math.max(log.lastTerm(), lastTerm)) + 1;
            log.stableStore().store(term, selfId);
            final ClusterConfiguration alone = before.withClusterId(clusterId)
                .withMembership(Membership.of(selfId).withIncarnation(selfId, log.incarnation()));
            append(log, term, storage.lastTimestampMs(), new UnsafeBuffer(ConfigurationCodec.encode(alone)));
        }
        return clusterId;
    }

    private static void append(final WriteAheadLog log, final long term, final long timestampMs, final UnsafeBuffer payload) {
        final long index = log.lastIndex() + 1;
        final int crc = Crc32c.compute(payload, 0, payload.capacity());
        long result = WriteAheadLog.NOT_READY;
        for (int i = 0; i < ATTEMPTS_MAX && WriteAheadLog.NOT_READY == result; i++) {
            log.allocator().doWork();
            result = log.append(RecordDescriptor.CONFIGURATION, 0, index, term, timestampMs, crc, payload, 0, payload.capacity());
        }
        if (index != result) {
            throw new EngineException("the log takes no entry (" + result + "): free some space, then recover again");
        }
        log.publish();
        log.force();
    }
}
