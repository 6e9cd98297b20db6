package io.cairn.engine;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.pipeline.EngineFailure;
import io.cairn.engine.pipeline.EngineStatistics;
import io.cairn.engine.pipeline.MemberControl;
import io.cairn.engine.pipeline.Pipeline;
import io.cairn.engine.pipeline.PipelineCounts;
import io.cairn.engine.status.AgentKind;
import io.cairn.engine.status.EngineCounter;
import io.cairn.engine.status.EngineCounters;
import io.cairn.engine.status.PrometheusEndpoint;
import io.cairn.engine.storage.NodeSettings;
import io.cairn.engine.storage.NodeStorage;
import io.cairn.snapshot.SnapshotManifest;
import io.cairn.wal.WriteAheadLog;
import org.agrona.concurrent.errors.ErrorLogReader;
import org.agrona.concurrent.status.AtomicCounter;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps the counters file up to date: what happens is counted by the agents as it happens, what is a position or a size is copied over by a
 * thread of this class, ten times a second, so that the data path pays nothing for being watched.
 */
final class EngineMonitor implements AutoCloseable {
    private static final long SAMPLE_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final int NODE_ID = 0;

    private final EngineCounters counters;
    private final PrometheusEndpoint prometheus;
    private final Statistics statistics;
    private final boolean backgroundThreads;
    private Thread sampler;
    private Pipeline pipeline;
    private NodeStorage storage;
    private EngineFailure failure;
    private boolean failureRecorded;
    private long helplessRecorded;
    private volatile boolean running;

    private EngineMonitor(final EngineCounters counters, final PrometheusEndpoint prometheus, final boolean backgroundThreads) {
        this.backgroundThreads = backgroundThreads;
        this.counters = counters;
        this.prometheus = prometheus;
        this.statistics = new Statistics(counters);
    }

    static EngineMonitor open(final NodeSettings settings) {
        final EffectiveConfiguration configuration = settings.configuration();
        final Path file = configuration.directory(ConfigKeys.COUNTERS_DIR, settings.dataDirectory())
            .resolve(configuration.text(ConfigKeys.COUNTERS_FILE));
        final int errorLogLength = (int)configuration.sizeBytes(ConfigKeys.ERROR_LOG_SIZE);
        final EngineCounters counters = settings.backgroundThreads() ?
            EngineCounters.create(file, errorLogLength, NODE_ID, settings.epochClock()) :
            EngineCounters.inMemory(errorLogLength, NODE_ID, settings.epochClock());
        final int port = (int)configuration.integer(ConfigKeys.PROMETHEUS_PORT);
        try {
            return new EngineMonitor(counters, 0 == port ? null : PrometheusEndpoint.launch(
                counters.reader(), configuration.text(ConfigKeys.PROMETHEUS_BIND), port), settings.backgroundThreads());
        } catch (final RuntimeException ex) {
            counters.close();
            throw ex;
        }
    }

    EngineStatistics statistics() {
        return statistics;
    }

    void observe(final Pipeline observedPipeline, final NodeStorage observedStorage, final EngineFailure observedFailure) {
        pipeline = observedPipeline;
        storage = observedStorage;
        failure = observedFailure;
        running = backgroundThreads;
        if (!backgroundThreads) {
            return;
        }
        sampler = new Thread(this::sample, "cairn-monitor");
        sampler.setDaemon(true);
        sampler.start();
    }

    private void sample() {
        while (running) {
            sampleOnce();
            LockSupport.parkNanos(SAMPLE_INTERVAL_NS);
        }
    }

    private void sampleOnce() {
        final long appended = pipeline.appendedIndex();
        final long committed = pipeline.committedIndex();
        final long applied = pipeline.appliedIndex();
        final long durable = WriteAheadLog.index(storage.log().durablePosition());
        set(EngineCounter.FIRST_INDEX, storage.log().firstIndex());
        set(EngineCounter.APPENDED_INDEX, appended);
        set(EngineCounter.COMMITTED_INDEX, committed);
        set(EngineCounter.APPLIED_INDEX, applied);
        set(EngineCounter.DURABLE_INDEX, durable);
        set(EngineCounter.SYNC_QUEUE_ENTRIES, Math.max(0, appended - durable));
        set(EngineCounter.APPLY_QUEUE_ENTRIES, Math.max(0, committed - applied));
        set(EngineCounter.INGRESS_QUEUE_BYTES, pipeline.ingressDepthBytes());
        set(EngineCounter.QUERY_QUEUE_BYTES, pipeline.queryDepthBytes());
        set(EngineCounter.STATE_PINS, storage.state().tables().arena().pinsHeld());
        set(EngineCounter.REPLY_QUEUE_BYTES, pipeline.clients().replyDepthBytes());
        set(EngineCounter.CLIENTS, pipeline.clients().count());
        set(EngineCounter.INGRESS_BACK_PRESSURE, pipeline.clients().backPressuredCount());
        set(EngineCounter.LOG_DISK, storage.log().sizeBytes());
        sampleCounts(pipeline.counts());
        if (failure.isFailed() && !failureRecorded) {
            failureRecorded = true;
            counters.onError(failure.cause());
            set(EngineCounter.NODE_STATE, EngineCounter.STATE_FAILED);
        } else if (!failureRecorded) {
            set(EngineCounter.NODE_STATE, EngineCounter.STATE_RUNNING);
        }
    }

    /** Once for each entry: a person is needed. */
    private void recordHelpless(final long entry) {
        if (entry != helplessRecorded) {
            helplessRecorded = entry;
            if (entry > 0) {
                counters.onError(new EngineException(MemberControl.helplessText(storage.log().repairs(), entry)));
            }
        }
    }

    private void sampleCounts(final PipelineCounts counts) {
        final long pageSize = storage.state().tables().arena().pageSize();
        set(EngineCounter.TERM, counts.term.get());
        set(EngineCounter.ROLE, counts.role.get());
        set(EngineCounter.COMMANDS, counts.commands.get());
        set(EngineCounter.LOG_APPENDED, counts.commandBytes.get());
        set(EngineCounter.REFUSED, counts.refused.get());
        set(EngineCounter.LOG_BACK_PRESSURE, counts.stalled.get());
        set(EngineCounter.FAULTY_RANGES, counts.faultyRanges.get());
        recordHelpless(counts.helplessEntry.get());
        set(EngineCounter.REPAIRED_RECORDS, counts.repairedRecords.get());
        set(EngineCounter.APPLIED_ENTRIES, counts.appliedEntries.get());
        set(EngineCounter.QUERIES, counts.queries.get());
        set(EngineCounter.DUPLICATES, counts.duplicates.get());
        set(EngineCounter.REPLY_BACK_PRESSURE, counts.repliesDropped.get());
        set(EngineCounter.APPLY_TIME, counts.applyTimeNs.get());
        set(EngineCounter.APPLY_TIME_MAX, counts.applyTimeMaxNs.get());
        set(EngineCounter.STATE_LIVE, counts.livePages.get() * pageSize);
        set(EngineCounter.STATE_ALLOCATED, counts.allocatedPages.get() * pageSize);
        set(EngineCounter.SESSIONS, counts.sessions.get());
        set(EngineCounter.REMOTE_CLIENTS, counts.remoteClients.get());
        set(EngineCounter.CLIENT_MESSAGES_DROPPED, counts.clientMessagesDropped.get());
        set(EngineCounter.CLIENT_CONNECTIONS_REFUSED, counts.clientConnectionsRefused.get());
        set(EngineCounter.SNAPSHOT_SENT_BYTES, counts.snapshotBytesSent.get());
        set(EngineCounter.INCREMENTS_SENT, counts.incrementsSent.get());
        set(EngineCounter.INCREMENT_SENT_BYTES, counts.incrementBytesSent.get());
        set(EngineCounter.INCREMENTS_INSTALLED, counts.incrementsInstalled.get());
        set(EngineCounter.INCREMENT_RECEIVED_BYTES, counts.incrementBytesReceived.get());
        set(EngineCounter.SNAPSHOT_RECEIVED_BYTES, counts.snapshotBytesReceived.get());
        set(EngineCounter.SNAPSHOTS_SENT, counts.snapshotsSent.get());
        set(EngineCounter.SNAPSHOTS_INSTALLED, counts.snapshotsInstalled.get());
        set(EngineCounter.TRANSFER_DROPPED, counts.transferMessagesDropped.get());
    }

    /** Any thread: an error that does not stop the node. */
    void onError(final Throwable error) {
        counters.onError(error);
    }

    long errorCount() {
        return counters.counter(EngineCounter.ERRORS).get();
    }

    List<String> errors() {
        final List<String> errors = new ArrayList<>();
        ErrorLogReader.read(counters.errorLog().buffer(), (count, first, last, text) -> errors.add(text.lines().findFirst().orElse("")));
        return errors;
    }

    private void set(final EngineCounter counter, final long value) {
        counters.counter(counter).setRelease(value);
    }

    @Override
    public void close() {
        running = false;
        if (null != sampler) {
            LockSupport.unpark(sampler);
            try {
                sampler.join();
            } catch (final InterruptedException ex) {
                Thread.currentThread().interrupt();
            }
            sampleOnce();
            if (!failureRecorded) {
                set(EngineCounter.NODE_STATE, EngineCounter.STATE_CLOSED);
            }
        }
        if (null != prometheus) {
            prometheus.close();
        }
        counters.close();
    }

    /** Counts on the agents' threads; each counter has one writing thread. */
    private static final class Statistics implements EngineStatistics {
        private final EngineCounters counters;
        private final AtomicCounter forces;
        private final AtomicCounter forcedEntries;
        private final AtomicCounter forceTime;
        private final AtomicCounter forceTimeMax;
        private final AtomicCounter[] dutyCycleMax = new AtomicCounter[AgentRole.values().length];

        private Statistics(final EngineCounters counters) {
            this.counters = counters;
            forces = counters.counter(EngineCounter.FORCES);
            forcedEntries = counters.counter(EngineCounter.FORCED_ENTRIES);
            forceTime = counters.counter(EngineCounter.FORCE_TIME);
            forceTimeMax = counters.counter(EngineCounter.FORCE_TIME_MAX);
            for (final AgentRole role : AgentRole.values()) {
                dutyCycleMax[role.ordinal()] = counters.dutyCycleMax(AgentKind.valueOf(role.name()));
            }
        }

        @Override
        public void onForce(final long durationNs, final int entries) {
            forces.incrementRelease();
            forcedEntries.getAndAddRelease(entries);
            forceTime.getAndAddRelease(durationNs);
            forceTimeMax.proposeMaxRelease(durationNs);
        }

        @Override
        public void onSnapshotBegun() {
            counters.counter(EngineCounter.SNAPSHOT_RUNNING).setRelease(1);
        }

        @Override
        public void onSnapshot(final long durationNs, final SnapshotManifest manifest, final long diskBytes) {
            counters.counter(EngineCounter.SNAPSHOT_RUNNING).setRelease(0);
            counters.counter(EngineCounter.SNAPSHOTS).incrementRelease();
            if (manifest.isIncremental()) {
                counters.counter(EngineCounter.SNAPSHOTS_INCREMENTAL).incrementRelease();
            }
            counters.counter(EngineCounter.SNAPSHOT_DURATION).setRelease(durationNs);
            counters.counter(EngineCounter.SNAPSHOT_SIZE).setRelease(manifest.lengthBytes());
            counters.counter(EngineCounter.SNAPSHOT_INDEX).setRelease(manifest.index());
            counters.counter(EngineCounter.SNAPSHOT_DISK).setRelease(diskBytes);
        }

        @Override
        public void onSnapshotFailure(final Throwable cause) {
            counters.counter(EngineCounter.SNAPSHOT_RUNNING).setRelease(0);
            counters.counter(EngineCounter.SNAPSHOT_FAILURES).incrementRelease();
            counters.onError(cause);
        }

        @Override
        public void onDamage(final Throwable finding) {
            counters.onError(finding);
        }

        @Override
        public void onDutyCycleMax(final AgentRole role, final long durationNs) {
            dutyCycleMax[role.ordinal()].proposeMaxRelease(durationNs);
        }
    }
}
