package io.cairn.bench.cli;

import io.cairn.bench.embedded.EmbeddedEngine;
import io.cairn.bench.embedded.EmbeddedTarget;
import io.cairn.bench.load.KeyBytes;
import io.cairn.bench.load.KeyChooser;
import io.cairn.bench.load.LoadSession;
import io.cairn.bench.load.Operation;
import io.cairn.bench.load.OperationMix;
import io.cairn.bench.load.PhaseOutcome;
import io.cairn.bench.report.Document;
import io.cairn.bench.report.Figures;
import io.cairn.bench.report.Floor;
import io.cairn.bench.report.MachineFacts;
import io.cairn.bench.report.Result;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.wal.layout.RecordDescriptor;
import org.HdrHistogram.Histogram;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What the commands that drive an engine have in common: a client, the load of the keys, and the document at the end. One thread.
 */
final class Bench implements AutoCloseable {
    private static final int LOAD_WINDOW = 4_096;
    private static final int LOAD_STEP = 100_000;
    private static final long LOAD_TIMEOUT_NS = TimeUnit.HOURS.toNanos(2);

    private final EmbeddedEngine engine;
    private final DataOptions data;
    private final Progress progress;
    private final EmbeddedTarget target;
    private final LoadSession session;
    private double loadRate;

    Bench(final EmbeddedEngine engine, final DataOptions data, final Progress progress, final int batchSize) {
        this.engine = engine;
        this.data = data;
        this.progress = progress;
        target = engine.newTarget(data.bytes(), (int) data.keys, batchSize);
        session = new LoadSession(target, engine.inFlightMax());
    }

    LoadSession session() {
        return session;
    }

    EmbeddedTarget target() {
        return target;
    }

    /** Refuses a window that the engine would not take. */
    static void checkWindow(final EmbeddedEngine engine, final long window) {
        if (window > engine.inFlightMax()) {
            throw new BenchException("--in-flight " + window + " is more than client.inflight.max " + engine.inFlightMax()
                + " of this configuration: add --set client.inflight.max=" + (Long.highestOneBit(window - 1) << 1));
        }
    }

    /** Puts every key once, in random order of the key space; gives puts per second. */
    double load() {
        final KeyChooser keys = KeyChooser.draw(KeyChooser.Distribution.SEQUENTIAL, (int) data.keys, data.seed);
        final long startNs = System.nanoTime();
        for (long loaded = 0; loaded < data.keys; loaded += LOAD_STEP) {
            progress.say("loading " + Figures.count(data.keys) + " keys: " + 100 * loaded / data.keys + " %");
            final PhaseOutcome outcome = session.closed(
                OperationMix.only(Operation.PUT), keys, LOAD_WINDOW, LOAD_TIMEOUT_NS, Math.min(LOAD_STEP, data.keys - loaded));
            if (outcome.failed() > 0 || outcome.tally().unanswered() > 0) {
                throw new BenchException("loading failed: " + outcome.failed() + " puts were refused ("
                    + ReplyStatus.explain(target.lastFailedStatus()) + "), " + outcome.tally().unanswered() + " never answered");
            }
        }
        loadRate = data.keys * 1e9 / Math.max(1, System.nanoTime() - startNs);
        return loadRate;
    }

    /** Takes the rate over from a client that loaded before this one. */
    void loadRate(final double putsPerSecond) {
        loadRate = putsPerSecond;
    }

    /** Length of the log record of one put, padding included. */
    int recordBytes() {
        return recordBytes(data.bytes());
    }

    static int recordBytes(final KeyBytes bytes) {
        final UnsafeBuffer scratch = new UnsafeBuffer(new byte[KeyValueCommands.lengthBound(bytes.keyBytes() + bytes.valueBytes())]);
        final int length = new KeyValueCommands().encodePut(scratch, 0, KeyValueCommands.DEFAULT_TABLE,
            bytes.key(0), 0, bytes.keyBytes(), bytes.value(0, 0), 0, bytes.valueBytes(), 0);
        return BitUtil.align(RecordDescriptor.HEADER_LENGTH + length, Long.BYTES);
    }

    Document document(
        final String command,
        final DataDirectory directory,
        final Map<String, Object> configuration,
        final List<Series> series,
        final List<Floor> floors,
        final List<List<Result>> runs,
        final List<String> findings) {
        final Map<String, Object> all = new LinkedHashMap<>(engine.describe());
        data.describe(all);
        all.putAll(configuration);
        all.put("loadRate", Math.round(loadRate));
        final Map<String, Object> more = new LinkedHashMap<>();
        more.put("durabilityMeaning", engine.durabilityMeaning());
        more.put("findings", findings);
        more.put("warnings", engine.warnings());
        return new Document(
            command, engine.profile(), engine.durability().name().toLowerCase(Locale.ROOT), all, MachineFacts.of(directory.path()),
            series.stream().map(Series::result).toList(), floors, runs, more);
    }

    static Map<String, Histogram> histograms(final List<Series> series) {
        final Map<String, Histogram> histograms = new LinkedHashMap<>();
        series.forEach(one -> histograms.put(one.name(), one.histogram()));
        return histograms;
    }

    /** 0, or an exception whose line says what failed. */
    static int exitCode(final List<Series> series, final EmbeddedTarget target) {
        for (final Series one : series) {
            if (null != one.failure()) {
                throw new BenchException(one.failure() + " (last status: " + ReplyStatus.name(target.lastFailedStatus()) + ")");
            }
        }
        return 0;
    }

    @Override
    public void close() {
        target.close();
    }
}
