package io.cairn.bench.cli;

import io.cairn.bench.embedded.EmbeddedEngine;
import io.cairn.snapshot.SnapshotManifest;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a snapshot running: each call starts the next one if none is running. Called by the generator's thread between duty cycles.
 */
final class SnapshotLoop implements Runnable {
    private static final long TIMEOUT_NS = TimeUnit.MINUTES.toNanos(10);

    private final EmbeddedEngine engine;
    private CompletableFuture<SnapshotManifest> running;
    private long startNs;
    private int count;
    private long bytes;
    private long durationNs;

    SnapshotLoop(final EmbeddedEngine engine) {
        this.engine = engine;
    }

    @Override
    public void run() {
        if (null != running && running.isDone()) {
            finish();
        }
        if (null == running) {
            startNs = System.nanoTime();
            running = engine.takeSnapshot();
        }
    }

    /** Waits for the running snapshot, and starts none. */
    void await() {
        final long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (null != running && !running.isDone()) {
            if (System.nanoTime() - deadlineNs >= 0) {
                throw new BenchException("a snapshot was not finished within " + TimeUnit.NANOSECONDS.toMinutes(TIMEOUT_NS) + " minutes");
            }
            if (0 == engine.doWork()) {
                Thread.onSpinWait();
            }
        }
        if (null != running) {
            finish();
        }
    }

    private void finish() {
        try {
            final SnapshotManifest manifest = running.join();
            count++;
            bytes += manifest.lengthBytes();
            durationNs += System.nanoTime() - startNs;
        } catch (final CompletionException ex) {
            throw new BenchException("a snapshot failed: " + Failures.reason(null == ex.getCause() ? ex : ex.getCause()), ex);
        } finally {
            running = null;
        }
    }

    /** Forgets what was counted. */
    void forget() {
        count = 0;
        bytes = 0;
        durationNs = 0;
    }

    int count() {
        return count;
    }

    long bytesMean() {
        return 0 == count ? 0 : bytes / count;
    }

    long durationMsMean() {
        return 0 == count ? 0 : TimeUnit.NANOSECONDS.toMillis(durationNs / count);
    }
}
