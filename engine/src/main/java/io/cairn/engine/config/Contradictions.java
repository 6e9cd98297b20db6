package io.cairn.engine.config;

import static io.cairn.engine.config.ConfigKeys.CLIENT_INFLIGHT_MAX;
import static io.cairn.engine.config.ConfigKeys.CLUSTER_DRIVER;
import static io.cairn.engine.config.ConfigKeys.CLUSTER_LOG_TERM;
import static io.cairn.engine.config.ConfigKeys.CLUSTER_HEARTBEAT;
import static io.cairn.engine.config.ConfigKeys.CLUSTER_ELECTION_TIMEOUT_MIN;
import static io.cairn.engine.config.ConfigKeys.CLUSTER_ELECTION_TIMEOUT_MAX;
import static io.cairn.engine.config.ConfigKeys.DURABILITY;
import static io.cairn.engine.config.ConfigKeys.DURABILITY_INTERVAL;
import static io.cairn.engine.config.ConfigKeys.IDLE_APPLIER;
import static io.cairn.engine.config.ConfigKeys.IDLE_DRIVER;
import static io.cairn.engine.config.ConfigKeys.IDLE_SEQUENCER;
import static io.cairn.engine.config.ConfigKeys.IDLE_SNAPSHOTTER;
import static io.cairn.engine.config.ConfigKeys.IDLE_SYNCER;
import static io.cairn.engine.config.ConfigKeys.INGRESS_RING_SIZE;
import static io.cairn.engine.config.ConfigKeys.REPLY_RING_SIZE;
import static io.cairn.engine.config.ConfigKeys.SNAPSHOT_CHAIN_MAX;
import static io.cairn.engine.config.ConfigKeys.SNAPSHOT_INCREMENTAL;
import static io.cairn.engine.config.ConfigKeys.SNAPSHOT_TRIGGER_BYTES;
import static io.cairn.engine.config.ConfigKeys.SNAPSHOT_TRIGGER_ENTRIES;
import static io.cairn.engine.config.ConfigKeys.SNAPSHOT_TRIGGER_INTERVAL;
import static io.cairn.engine.config.ConfigKeys.SNAPSHOT_TRIGGER_RATIO;
import static io.cairn.engine.config.ConfigKeys.STATE_EXTENT_SIZE;
import static io.cairn.engine.config.ConfigKeys.STATE_HUGE_PAGES;
import static io.cairn.engine.config.ConfigKeys.STATE_MEMORY_MAX;
import static io.cairn.engine.config.ConfigKeys.STATE_PAGE_SIZE;
import static io.cairn.engine.config.ConfigKeys.STATE_STORAGE;
import static io.cairn.engine.config.ConfigKeys.SYNCER_THREAD;
import static io.cairn.engine.config.ConfigKeys.THREADING_MODE;
import static io.cairn.engine.config.ConfigKeys.WAL_RECORD_MAX;
import static io.cairn.engine.config.ConfigKeys.WAL_SEGMENT_SIZE;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.cairn.engine.config.EffectiveConfiguration.Layer;
import org.agrona.SystemUtil;

/**
 * Rules between keys. Each value is right by itself when they are judged.
 */
final class Contradictions {
    /** Header page and record header of a segment, footer and sparse index of a sealed one, rounded up generously. */
    private static final long SEGMENT_OVERHEAD_BYTES = 16 * 1024;
    /** An Agrona ring takes messages up to an eighth of its capacity. */
    private static final long RING_MESSAGES_MIN = 8;
    /** Framing of a command or a reply in a ring. */
    private static final long RING_FRAME_BYTES = 1024;
    /** What a small reply takes in its ring. */
    private static final long REPLY_SLOT_BYTES = 128;

    private Contradictions() {
    }

    /**
     * Refuse what cannot work.
     *
     * @param configuration to judge.
     * @throws ConfigException on the first contradiction.
     */
    static void refuse(final EffectiveConfiguration configuration) {
        final long recordBytesMax = configuration.sizeBytes(WAL_RECORD_MAX);
        final long segmentBytesMin = 2 * recordBytesMax + SEGMENT_OVERHEAD_BYTES;
        if (configuration.sizeBytes(WAL_SEGMENT_SIZE) < segmentBytesMin) {
            throw contradiction(configuration, WAL_RECORD_MAX, WAL_SEGMENT_SIZE,
                "a segment must hold two of the longest records, at least " + roundUp(segmentBytesMin));
        }
        refuseCluster(configuration);
        for (final ConfigKey ring : List.of(INGRESS_RING_SIZE, REPLY_RING_SIZE)) {
            final long ringBytesMin = RING_MESSAGES_MIN * (recordBytesMax + RING_FRAME_BYTES);
            if (configuration.sizeBytes(ring) < ringBytesMin) {
                throw contradiction(configuration, WAL_RECORD_MAX, ring,
                    "a ring must hold eight of the longest records, at least " + roundUp(ringBytesMin));
            }
        }
        final long repliesBytesMin = 2 * REPLY_SLOT_BYTES * configuration.integer(CLIENT_INFLIGHT_MAX);
        if (configuration.sizeBytes(REPLY_RING_SIZE) < repliesBytesMin) {
            throw contradiction(configuration, CLIENT_INFLIGHT_MAX, REPLY_RING_SIZE,
                "half of the ring is kept for the small replies of a full window, at least " + SystemUtil.formatSize(repliesBytesMin));
        }
        if (configuration.sizeBytes(STATE_EXTENT_SIZE) < configuration.sizeBytes(STATE_PAGE_SIZE)) {
            throw contradiction(configuration, STATE_EXTENT_SIZE, STATE_PAGE_SIZE, "an extent must hold at least one page");
        }
        if (configuration.sizeBytes(STATE_MEMORY_MAX) < 2 * configuration.sizeBytes(STATE_EXTENT_SIZE)) {
            throw contradiction(configuration, STATE_MEMORY_MAX, STATE_EXTENT_SIZE, "the state must have room for two extents");
        }
        if (configuration.bool(SNAPSHOT_INCREMENTAL) && configuration.integer(SNAPSHOT_CHAIN_MAX) == 0) {
            throw contradiction(configuration, SNAPSHOT_INCREMENTAL, SNAPSHOT_CHAIN_MAX,
                "allow at least one increment, or set snapshot.incremental=false");
        }
        if (configuration.bool(STATE_HUGE_PAGES) && configuration.choice(STATE_STORAGE, StateStorage.class) == StateStorage.FILE) {
            throw contradiction(configuration, STATE_HUGE_PAGES, STATE_STORAGE, "a scratch file has no huge pages; set state.huge.pages=false");
        }
    }

    /**
     * Find what is allowed, yet probably not meant.
     *
     * @param configuration to judge.
     * @param cores         of the machine.
     * @return one line each.
     */
    static List<String> doubts(final EffectiveConfiguration configuration, final int cores) {
        final List<String> doubts = new ArrayList<>();
        final List<ConfigKey> busy = runningAgents(configuration)
            .filter(key -> configuration.choice(key, IdleKind.class) == IdleKind.BUSY_SPIN)
            .toList();
        if (busy.size() > cores) {
            doubts.add(busy.size() + " busy-spinning threads (" + String.join(", ", busy.stream().map(ConfigKey::name).toList()) + ") on " + cores +
                (cores == 1 ? " core" : " cores") + ": they take the cores from each other; use threading.mode=shared or idle strategies that park");
        }
        final Durability durability = configuration.choice(DURABILITY, Durability.class);
        if (durability != Durability.INTERVAL && chosen(configuration, DURABILITY_INTERVAL)) {
            doubts.add(given(configuration, DURABILITY_INTERVAL) + " has no effect while durability=" + configuration.text(DURABILITY));
        }
        if (configuration.choice(THREADING_MODE, ThreadingMode.class) != ThreadingMode.DEDICATED && chosen(configuration, IDLE_APPLIER)) {
            doubts.add(given(configuration, IDLE_APPLIER) + " has no effect while threading.mode=" + configuration.text(THREADING_MODE));
        }
        if (!hasDriverThreads(configuration) && chosen(configuration, IDLE_DRIVER)) {
            doubts.add(given(configuration, IDLE_DRIVER) + " has no effect while cluster.driver=" + configuration.text(CLUSTER_DRIVER));
        }
        final boolean forcesInline =
            configuration.choice(THREADING_MODE, ThreadingMode.class) == ThreadingMode.INVOKER && durability == Durability.GROUP;
        if (!forcesInline && configuration.bool(SYNCER_THREAD)) {
            doubts.add(given(configuration, SYNCER_THREAD) +
                " has no effect but with threading.mode=invoker and durability=group: elsewhere the Syncer has a thread anyway");
        }
        final boolean neverSnapshots = configuration.integer(SNAPSHOT_TRIGGER_ENTRIES) == 0 && configuration.sizeBytes(SNAPSHOT_TRIGGER_BYTES) == 0 &&
            configuration.decimal(SNAPSHOT_TRIGGER_RATIO) == 0 && configuration.durationNs(SNAPSHOT_TRIGGER_INTERVAL) == 0;
        if (neverSnapshots) {
            doubts.add("every snapshot.trigger is off: the log grows until a snapshot is taken on demand");
        }
        return doubts;
    }

    private static boolean hasDriverThreads(final EffectiveConfiguration configuration) {
        return switch (configuration.choice(CLUSTER_DRIVER, DriverMode.class)) {
            case SHARED, DEDICATED -> true;
            case INVOKER, EXTERNAL -> false;
        };
    }

    private static Stream<ConfigKey> runningAgents(final EffectiveConfiguration configuration) {
        return switch (configuration.choice(THREADING_MODE, ThreadingMode.class)) {
            case DEDICATED -> Stream.of(IDLE_SEQUENCER, IDLE_SYNCER, IDLE_APPLIER, IDLE_SNAPSHOTTER);
            case SHARED -> Stream.of(IDLE_SEQUENCER, IDLE_SYNCER, IDLE_SNAPSHOTTER);
            case INVOKER -> Durability.GROUP == configuration.choice(DURABILITY, Durability.class) ?
                Stream.of(IDLE_SNAPSHOTTER) : Stream.of(IDLE_SYNCER, IDLE_SNAPSHOTTER);
        };
    }

    private static boolean chosen(final EffectiveConfiguration configuration, final ConfigKey key) {
        return configuration.setting(key).layer().compareTo(Layer.PROFILE) > 0;
    }

    private static void refuseCluster(final EffectiveConfiguration configuration) {
        final long minNs = configuration.durationNs(CLUSTER_ELECTION_TIMEOUT_MIN);
        if (configuration.durationNs(CLUSTER_ELECTION_TIMEOUT_MAX) < minNs) {
            throw contradiction(configuration, CLUSTER_ELECTION_TIMEOUT_MAX, CLUSTER_ELECTION_TIMEOUT_MIN,
                "the longest election timeout must be at least the shortest");
        }
        if (configuration.durationNs(CLUSTER_HEARTBEAT) >= minNs) {
            throw contradiction(configuration, CLUSTER_HEARTBEAT, CLUSTER_ELECTION_TIMEOUT_MIN,
                "several heartbeats must fit into the shortest election timeout");
        }
        final long messageBytesMin = configuration.sizeBytes(WAL_RECORD_MAX) + RING_FRAME_BYTES;
        if (configuration.sizeBytes(CLUSTER_LOG_TERM) / RING_MESSAGES_MIN < messageBytesMin) {
            throw contradiction(configuration, WAL_RECORD_MAX, CLUSTER_LOG_TERM,
                "an eighth of the term must hold the longest record, so it must be at least " + roundUp(RING_MESSAGES_MIN * messageBytesMin));
        }
    }

    private static ConfigException contradiction(
        final EffectiveConfiguration configuration, final ConfigKey left, final ConfigKey right, final String wayOut) {
        return new ConfigException(given(configuration, left) + " contradicts " + given(configuration, right) + ": " + wayOut);
    }

    private static String given(final EffectiveConfiguration configuration, final ConfigKey key) {
        return key.name() + "=" + configuration.text(key) + " (" + configuration.setting(key).origin() + ")";
    }

    private static String roundUp(final long bytes) {
        return SystemUtil.formatSize(Long.highestOneBit(bytes - 1) << 1);
    }
}
