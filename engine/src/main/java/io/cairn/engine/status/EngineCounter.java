package io.cairn.engine.status;

import java.util.Locale;

/**
 * The counters of a node. The type id identifies a counter for other processes and never changes its meaning; a new meaning takes a new id.
 * Unless a constant says otherwise its one writer is the agent that owns the quantity.
 */
public enum EngineCounter {
    /** {@link #STATE_STARTING}, {@link #STATE_RUNNING}, {@link #STATE_FAILED} or {@link #STATE_CLOSED}. */
    NODE_STATE(1000, Kind.GAUGE, Unit.NONE, "State of the node: 0 starting, 1 running, 2 failed, 3 closed."),
    /** Current term. */
    TERM(1001, Kind.GAUGE, Unit.NONE, "Current term."),
    /** Role: 0 follower, 1 candidate, 2 leader, 3 learner. */
    ROLE(1002, Kind.GAUGE, Unit.NONE, "Role: 0 follower, 1 candidate, 2 leader, 3 learner."),

    /** Lowest index still in the log. */
    FIRST_INDEX(1010, Kind.GAUGE, Unit.NONE, "Lowest index in the log."),
    /** Highest index appended. */
    APPENDED_INDEX(1011, Kind.GAUGE, Unit.NONE, "Highest index appended to the log."),
    /** Highest index forced. */
    DURABLE_INDEX(1012, Kind.GAUGE, Unit.NONE, "Highest index forced to the device."),
    /** Highest index committed. */
    COMMITTED_INDEX(1013, Kind.GAUGE, Unit.NONE, "Highest index committed."),
    /** Highest index applied. */
    APPLIED_INDEX(1014, Kind.GAUGE, Unit.NONE, "Highest index applied to the state."),

    /** Bytes waiting in the ingress ring. */
    INGRESS_QUEUE_BYTES(1020, Kind.GAUGE, Unit.BYTES, "Bytes waiting in the ingress ring."),
    /** Bytes waiting in the reply rings of all clients. */
    REPLY_QUEUE_BYTES(1021, Kind.GAUGE, Unit.BYTES, "Bytes waiting in the reply rings of all clients."),
    /** Entries appended and not yet forced. */
    SYNC_QUEUE_ENTRIES(1022, Kind.GAUGE, Unit.NONE, "Entries appended and not yet forced."),
    /** Entries committed and not yet applied. */
    APPLY_QUEUE_ENTRIES(1023, Kind.GAUGE, Unit.NONE, "Entries committed and not yet applied."),
    /** Clients connected. */
    CLIENTS(1024, Kind.GAUGE, Unit.NONE, "Clients connected."),
    /** Bytes of queries that wait for the Applier. */
    QUERY_QUEUE_BYTES(1025, Kind.GAUGE, Unit.BYTES, "Bytes of queries waiting for the Applier."),

    /** Commands taken from the ingress ring. */
    COMMANDS(1030, Kind.COUNTER, Unit.NONE, "Commands taken from the ingress ring."),
    /** Entries applied. */
    APPLIED_ENTRIES(1031, Kind.COUNTER, Unit.NONE, "Entries applied to the state."),
    /** Queries answered by the pipeline. */
    QUERIES(1032, Kind.COUNTER, Unit.NONE, "Queries answered by the pipeline."),
    /** Commands refused before they were logged. */
    REFUSED(1033, Kind.COUNTER, Unit.NONE, "Commands refused before they were logged."),
    /** Commands answered from the session table without being applied again. */
    DUPLICATES(1034, Kind.COUNTER, Unit.NONE, "Commands answered from the session table without being applied again."),
    /** Time spent applying. */
    APPLY_TIME(1035, Kind.COUNTER, Unit.NANOSECONDS, "Time spent applying entries, estimated from one batch in 64."),
    /** Longest batch applied. */
    APPLY_TIME_MAX(1036, Kind.GAUGE, Unit.NANOSECONDS, "Longest time one batch of entries took to apply, of one batch in 64."),

    /** Offers refused because the ingress ring was full; written by the clients' threads. */
    INGRESS_BACK_PRESSURE(1040, Kind.COUNTER, Unit.NONE, "Offers refused because the ingress ring was full."),
    /** Replies that found their ring full. */
    REPLY_BACK_PRESSURE(1041, Kind.COUNTER, Unit.NONE, "Times a reply found its ring full."),
    /** Appends that found no segment ready. */
    LOG_BACK_PRESSURE(1042, Kind.COUNTER, Unit.NONE, "Times an append found no segment ready."),

    /** Ranges of damaged entries. */
    FAULTY_RANGES(1043, Kind.GAUGE, Unit.NONE, "Ranges of damaged entries in the log that are to be repaired from other members."),
    /** Records that were repaired. */
    REPAIRED_RECORDS(1044, Kind.COUNTER, Unit.NONE, "Damaged records of the log repaired from other members."),

    /** Forces of the log. */
    FORCES(1050, Kind.COUNTER, Unit.NONE, "Forces of the log."),
    /** Entries those forces covered. */
    FORCED_ENTRIES(1051, Kind.COUNTER, Unit.NONE, "Entries made durable by forces of the log."),
    /** Time spent in forces. */
    FORCE_TIME(1052, Kind.COUNTER, Unit.NANOSECONDS, "Time spent forcing the log."),
    /** Longest force. */
    FORCE_TIME_MAX(1053, Kind.GAUGE, Unit.NANOSECONDS, "Longest time one force of the log took."),

    /** Longest duty cycle; one per agent. */
    DUTY_CYCLE_MAX(1060, Kind.GAUGE, Unit.NANOSECONDS, "Longest duty cycle of an agent."),

    /** Snapshots published. */
    SNAPSHOTS(1070, Kind.COUNTER, Unit.NONE, "Snapshots published."),
    /** Those of them that were incremental. */
    SNAPSHOTS_INCREMENTAL(1071, Kind.COUNTER, Unit.NONE, "Incremental snapshots published."),
    /** Snapshots that failed. */
    SNAPSHOT_FAILURES(1072, Kind.COUNTER, Unit.NONE, "Snapshots that failed and will be tried again."),
    /** Size of the newest one. */
    SNAPSHOT_SIZE(1073, Kind.GAUGE, Unit.BYTES, "Size of the newest snapshot."),
    /** Time the newest one took. */
    SNAPSHOT_DURATION(1074, Kind.GAUGE, Unit.NANOSECONDS, "Time the newest snapshot took to write."),
    /** Index of the newest one. */
    SNAPSHOT_INDEX(1075, Kind.GAUGE, Unit.NONE, "Last index included in the newest snapshot."),
    /** Whether one is being written. */
    SNAPSHOT_RUNNING(1076, Kind.GAUGE, Unit.NONE, "1 while a snapshot is being written."),
    /** Size of all snapshots on disk. */
    SNAPSHOT_DISK(1077, Kind.GAUGE, Unit.BYTES, "Size of all snapshots on disk."),

    /** Snapshots sent to other members. */
    SNAPSHOTS_SENT(1120, Kind.COUNTER, Unit.NONE, "Whole snapshots that another member has installed."),
    /** Bytes sent of them. */
    SNAPSHOT_SENT_BYTES(1121, Kind.COUNTER, Unit.BYTES, "Bytes of whole snapshots sent to other members."),
    /** Snapshots of other members installed. */
    SNAPSHOTS_INSTALLED(1122, Kind.COUNTER, Unit.NONE, "Whole snapshots of other members installed here."),
    /** Bytes received of them. */
    SNAPSHOT_RECEIVED_BYTES(1123, Kind.COUNTER, Unit.BYTES, "Bytes of whole snapshots received from other members."),
    /** Messages that were none. */
    TRANSFER_DROPPED(1124, Kind.COUNTER, Unit.NONE, "Messages of snapshot transfers that were foreign, damaged or made no sense."),

    /** Increments sent to other members. */
    INCREMENTS_SENT(1125, Kind.COUNTER, Unit.NONE, "Increments, in place of whole snapshots, that another member has installed."),
    /** Bytes sent of them. */
    INCREMENT_SENT_BYTES(1126, Kind.COUNTER, Unit.BYTES, "Bytes of increments sent to other members."),
    /** Increments of other members installed. */
    INCREMENTS_INSTALLED(1127, Kind.COUNTER, Unit.NONE, "Increments of other members installed here."),
    /** Bytes received of them. */
    INCREMENT_RECEIVED_BYTES(1128, Kind.COUNTER, Unit.BYTES, "Bytes of increments received from other members."),

    /** Clients of other processes. */
    REMOTE_CLIENTS(1130, Kind.GAUGE, Unit.NONE, "Clients of other processes that are connected."),
    /** Messages that were none. */
    CLIENT_MESSAGES_DROPPED(1131, Kind.COUNTER, Unit.NONE, "Messages of clients dropped: damaged, foreign, or of nobody who is connected."),
    /** Connections that were not let in, or not kept. */
    CLIENT_CONNECTIONS_REFUSED(1132, Kind.COUNTER, Unit.NONE, "Connections of clients refused, or ended because they did not keep to the rules."),

    /** Size of the log on disk. */
    LOG_DISK(1080, Kind.GAUGE, Unit.BYTES, "Size of the log on disk, prepared segments included."),
    /** Bytes appended. */
    LOG_APPENDED(1081, Kind.COUNTER, Unit.BYTES, "Bytes of payload appended to the log."),

    /** Bytes of live pages. */
    STATE_LIVE(1090, Kind.GAUGE, Unit.BYTES, "Bytes in live pages of the state."),
    /** Bytes of all pages. */
    STATE_ALLOCATED(1091, Kind.GAUGE, Unit.BYTES, "Bytes of memory or file taken for pages of the state."),
    /** Open sessions. */
    SESSIONS(1092, Kind.GAUGE, Unit.NONE, "Open sessions."),
    /** Pins that keep an old version of the state alive. */
    STATE_PINS(1093, Kind.GAUGE, Unit.NONE, "Pins that keep an older version of the state alive."),

    /** Errors observed; written by any thread. */
    ERRORS(1100, Kind.COUNTER, Unit.NONE, "Errors observed; see the distinct error log.");

    /** Value of {@link #NODE_STATE}: recovering. */
    public static final long STATE_STARTING = 0;
    /** Value of {@link #NODE_STATE}: serving. */
    public static final long STATE_RUNNING = 1;
    /** Value of {@link #NODE_STATE}: stopped by an error. */
    public static final long STATE_FAILED = 2;
    /** Value of {@link #NODE_STATE}: closed in order. */
    public static final long STATE_CLOSED = 3;

    private final int typeId;
    private final Kind kind;
    private final Unit unit;
    private final String help;

    EngineCounter(final int typeId, final Kind kind, final Unit unit, final String help) {
        this.typeId = typeId;
        this.kind = kind;
        this.unit = unit;
        this.help = help;
    }

    /** Whether a value only grows. */
    public enum Kind {
        /** Grows from zero while the process lives. */
        COUNTER,
        /** Goes up and down. */
        GAUGE
    }

    /** Unit of the value in the file. */
    public enum Unit {
        /** A plain number. */
        NONE,
        /** Bytes. */
        BYTES,
        /** Nanoseconds; shown in seconds where a person or Prometheus reads. */
        NANOSECONDS
    }

    /**
     * Type id in the counters file, at least 1000.
     *
     * @return the id.
     */
    public int typeId() {
        return typeId;
    }

    /**
     * Whether the value only grows.
     *
     * @return the kind.
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Unit of the value in the file.
     *
     * @return the unit.
     */
    public Unit unit() {
        return unit;
    }

    /**
     * What is counted, in a sentence.
     *
     * @return the sentence.
     */
    public String help() {
        return help;
    }

    /**
     * Whether each agent has one of its own.
     *
     * @return true for those with an {@link AgentKind} in their key.
     */
    public boolean isPerAgent() {
        return this == DUTY_CYCLE_MAX;
    }

    /**
     * Name for a person: lower case with hyphens.
     *
     * @return the name.
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Name of the metric, by the conventions of Prometheus: prefix, base unit, and {@code _total} on counters.
     *
     * @return the name.
     */
    public String metricName() {
        final String stem = "cairn_" + name().toLowerCase(Locale.ROOT);
        final String inUnit = switch (unit) {
            case NONE -> stem;
            case BYTES -> stem.endsWith("_bytes") ? stem : stem + "_bytes";
            case NANOSECONDS -> stem.endsWith("_max") ? stem.substring(0, stem.length() - 4) + "_max_seconds" : stem + "_seconds";
        };
        return kind == Kind.COUNTER ? inUnit + "_total" : inUnit;
    }

    /**
     * Find a counter by its type id.
     *
     * @param typeId of a counter in a file.
     * @return the counter, or null if this version does not know it.
     */
    public static EngineCounter ofTypeId(final int typeId) {
        for (final EngineCounter counter : values()) {
            if (counter.typeId == typeId) {
                return counter;
            }
        }
        return null;
    }
}
