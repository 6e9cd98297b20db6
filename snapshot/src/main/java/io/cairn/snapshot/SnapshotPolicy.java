package io.cairn.snapshot;

/**
 * Decides when the next snapshot is due: entries, log bytes, log bytes relative to the last snapshot's size, time, or on demand, whichever comes
 * first. A value of 0 switches a trigger off.
 *
 * <p>Pure: it is fed with positions and times and keeps no clock. A snapshot that failed is tried again after a back-off that doubles from
 * {@code backOffMinNs} to {@code backOffMaxNs}; only a demand made after the failure cuts that short. While a snapshot is in progress nothing is
 * due.
 *
 * <p>Log bytes are a monotone position (bytes ever appended), not the size of a directory, so that releasing log does not move the trigger.
 *
 * <p>Owner: the thread that drives the Snapshotter. Not thread safe.
 */
public final class SnapshotPolicy {
    /** What made a snapshot due. */
    public enum Trigger {
        /** Nothing did. */
        NONE,
        /** As many entries as configured were applied since the last one. */
        ENTRIES,
        /** As many log bytes as configured were written since the last one. */
        BYTES,
        /** The log since the last one has grown to the configured multiple of its size. */
        RATIO,
        /** The last one is as old as configured, and something was applied since. */
        TIME,
        /** Somebody asked for it. */
        ON_DEMAND
    }

    private final long entries;
    private final long bytes;
    private final int ratioPercent;
    private final long ratioFloorBytes;
    private final long intervalNs;
    private final long backOffMinNs;
    private final long backOffMaxNs;

    private long lastIndex;
    private long lastLogBytes;
    private long lastSnapshotBytes;
    private long lastTimeNs;
    private long backOffNs;
    private long notBeforeNs;
    private boolean backingOff;
    private boolean inProgress;
    private boolean demanded;
    private int failures;

    /**
     * A policy; the settings are validated here, once.
     *
     * @param settings what triggers.
     * @param nowNs    monotonic time; the time trigger counts from here until the first snapshot or {@link #restored}.
     * @throws IllegalArgumentException naming the value that is wrong.
     */
    public SnapshotPolicy(final Settings settings, final long nowNs) {
        entries = notNegative("entries", settings.entries);
        bytes = notNegative("bytes", settings.bytes);
        ratioPercent = (int)notNegative("ratioPercent", settings.ratioPercent);
        ratioFloorBytes = notNegative("ratioFloorBytes", settings.ratioFloorBytes);
        intervalNs = notNegative("intervalNs", settings.intervalNs);
        backOffMinNs = notNegative("backOffMinNs", settings.backOffMinNs);
        backOffMaxNs = settings.backOffMaxNs;
        if (backOffMaxNs < backOffMinNs) {
            throw new IllegalArgumentException(
                "backOffMaxNs=" + backOffMaxNs + " is below backOffMinNs=" + backOffMinNs + ": give at least the same value");
        }
        lastTimeNs = nowNs;
    }

    /**
     * The state was restored from a snapshot (or is empty: index 0).
     *
     * @param index         last included index.
     * @param logBytes      the log position to count from.
     * @param snapshotBytes size of that snapshot and its chain, 0 when there is none.
     * @param nowNs         monotonic time.
     */
    public void restored(final long index, final long logBytes, final long snapshotBytes, final long nowNs) {
        lastIndex = index;
        lastLogBytes = logBytes;
        lastSnapshotBytes = snapshotBytes;
        lastTimeNs = nowNs;
    }

    /**
     * Which snapshot is the newest now: one that was found damaged no longer counts, and neither do the entries it saved.
     *
     * @param index last included index of the newest snapshot, 0 when there is none.
     */
    public void newest(final long index) {
        lastIndex = Math.min(lastIndex, index);
    }

    /** Asks for a snapshot as soon as none is in progress; it is forgotten when nothing was applied since the last one. */
    public void demand() {
        demanded = true;
    }

    /**
     * Is a snapshot due?
     *
     * @param appliedIndex highest index in the state.
     * @param logBytes     bytes ever appended to the log.
     * @param nowNs        monotonic time.
     * @return the first trigger that fires, or {@link Trigger#NONE}.
     */
    public Trigger evaluate(final long appliedIndex, final long logBytes, final long nowNs) {
        if (inProgress) {
            return Trigger.NONE;
        }
        final long entriesSince = appliedIndex - lastIndex;
        if (entriesSince <= 0) {
            demanded = false;
            return Trigger.NONE;
        }
        if (demanded) {
            return Trigger.ON_DEMAND;
        }
        if (backingOff && nowNs - notBeforeNs < 0) {
            return Trigger.NONE;
        }

        final long bytesSince = logBytes - lastLogBytes;
        if (entries > 0 && entriesSince >= entries) {
            return Trigger.ENTRIES;
        }
        if (bytes > 0 && bytesSince >= bytes) {
            return Trigger.BYTES;
        }
        if (ratioPercent > 0 && bytesSince >= ratioFloorBytes && bytesSince / 100.0 >= lastSnapshotBytes / 10_000.0 * ratioPercent) {
            return Trigger.RATIO;
        }
        if (intervalNs > 0 && nowNs - lastTimeNs >= intervalNs) {
            return Trigger.TIME;
        }
        return Trigger.NONE;
    }

    /** A snapshot has begun: nothing is due until it is published, failed or cancelled. A demand made so far is served by it. */
    public void begun() {
        inProgress = true;
        demanded = false;
    }

    /**
     * A snapshot was published.
     *
     * @param index         its last included index.
     * @param logBytes      the log position when its root was frozen.
     * @param snapshotBytes size of what restoring it reads: its files and those of its chain.
     * @param nowNs         monotonic time.
     */
    public void published(final long index, final long logBytes, final long snapshotBytes, final long nowNs) {
        restored(index, logBytes, snapshotBytes, nowNs);
        inProgress = false;
        backingOff = false;
        backOffNs = 0;
        failures = 0;
    }

    /**
     * A snapshot failed: the next try waits.
     *
     * @param nowNs monotonic time.
     */
    public void failed(final long nowNs) {
        inProgress = false;
        failures++;
        backOffNs = backOffNs == 0 ? backOffMinNs : Math.min(backOffMaxNs, backOffNs > (backOffMaxNs >> 1) ? backOffMaxNs : backOffNs << 1);
        notBeforeNs = nowNs + backOffNs;
        backingOff = true;
    }

    /** A snapshot was cancelled, which is nobody's fault: no back-off. */
    public void cancelled() {
        inProgress = false;
    }

    /**
     * How many snapshots failed in a row.
     *
     * @return 0 after a success.
     */
    public int failures() {
        return failures;
    }

    private static long notNegative(final String name, final long value) {
        if (value < 0) {
            throw new IllegalArgumentException("snapshot " + name + "=" + value + " is negative: give 0 to switch it off");
        }
        return value;
    }

    /** What triggers; 0 switches a trigger off. Times in ns, sizes in bytes. */
    public static final class Settings {
        private long entries = 0;
        private long bytes = 1L << 30;
        private int ratioPercent = 200;
        private long ratioFloorBytes = 64L << 20;
        private long intervalNs = 0;
        private long backOffMinNs = 1_000_000_000L;
        private long backOffMaxNs = 300_000_000_000L;

        /** The defaults: 1 GiB of log, or log of twice the last snapshot's size once that is 64 MiB; back-off from 1 s to 5 min. */
        public Settings() {
        }

        /**
         * Entries applied since the last one.
         *
         * @param value entries, 0 = off.
         * @return this.
         */
        public Settings entries(final long value) {
            entries = value;
            return this;
        }

        /**
         * Log bytes since the last one.
         *
         * @param value bytes, 0 = off.
         * @return this.
         */
        public Settings bytes(final long value) {
            bytes = value;
            return this;
        }

        /**
         * Log bytes since the last one relative to its size.
         *
         * @param percent 100 = as much log as the snapshot has bytes, 0 = off.
         * @return this.
         */
        public Settings ratioPercent(final int percent) {
            ratioPercent = percent;
            return this;
        }

        /**
         * The ratio does not fire below this much log, so that a small state is not written all the time.
         *
         * @param value bytes.
         * @return this.
         */
        public Settings ratioFloorBytes(final long value) {
            ratioFloorBytes = value;
            return this;
        }

        /**
         * Age of the last one.
         *
         * @param value ns, 0 = off.
         * @return this.
         */
        public Settings intervalNs(final long value) {
            intervalNs = value;
            return this;
        }

        /**
         * Wait after the first failure.
         *
         * @param value ns.
         * @return this.
         */
        public Settings backOffMinNs(final long value) {
            backOffMinNs = value;
            return this;
        }

        /**
         * Longest wait after failures.
         *
         * @param value ns, at least the first wait.
         * @return this.
         */
        public Settings backOffMaxNs(final long value) {
            backOffMaxNs = value;
            return this;
        }
    }
}
