package io.cairn.bench.floor;

import io.cairn.bench.load.LatencyRecorder;
import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;

/**
 * What a force costs while others force on the same disk: several threads begin each force at the same moment, every one in a file of its own, as
 * members of a cluster do that share a disk. Recorded is the time until as many of them are done as make a majority.
 */
public final class ForcesTogether implements AutoCloseable {
    private static final int WARM_UP = 20;

    private final List<ForceFloor> floors = new ArrayList<>();
    private final Histogram histogram = LatencyRecorder.newHistogram();

    /**
     * Prepares files.
     *
     * @param directory   where the logs would be; the files are deleted by {@link #close}.
     * @param recordBytes length of a record, header included.
     * @param threads     that force at the same time.
     * @throws IOException if the directory cannot be written.
     */
    public ForcesTogether(final Path directory, final int recordBytes, final int threads) throws IOException {
        try {
            for (int i = 0; i < threads; i++) {
                floors.add(new ForceFloor(directory, recordBytes));
            }
        } catch (final IOException ex) {
            close();
            throw ex;
        }
    }

    /**
     * Forces records, all threads at once for each.
     *
     * @param method how.
     * @param forces of each thread.
     * @throws IOException if a force fails.
     */
    public void measure(final ForceFloor.Method method, final int forces) throws IOException {
        final int threads = floors.size();
        final long[][] elapsedNs = new long[threads][WARM_UP + forces];
        final CyclicBarrier start = new CyclicBarrier(threads);
        final IOException[] failures = new IOException[threads];
        final Thread[] running = new Thread[threads];
        for (int i = 0; i < threads; i++) {
            final int thread = i;
            running[i] = new Thread(() -> {
                try {
                    force(floors.get(thread), method, start, elapsedNs[thread]);
                } catch (final IOException ex) {
                    failures[thread] = ex;
                    start.reset();
                }
            }, "force-floor-" + i);
            running[i].start();
        }
        for (final Thread thread : running) {
            join(thread);
        }
        for (final IOException failure : failures) {
            if (null != failure) {
                throw failure;
            }
        }
        record(elapsedNs);
    }

    private static void force(
        final ForceFloor floor, final ForceFloor.Method method, final CyclicBarrier start, final long[] elapsedNs) throws IOException {
        for (int i = 0; i < elapsedNs.length; i++) {
            try {
                start.await();
            } catch (final BrokenBarrierException ex) {
                // Another thread failed, and says why.
                return;
            } catch (final InterruptedException ex) {
                Thread.currentThread().interrupt();
                return;
            }
            final long startNs = System.nanoTime();
            floor.force(method);
            elapsedNs[i] = System.nanoTime() - startNs;
        }
    }

    private static void join(final Thread thread) {
        try {
            thread.join();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted while the disk was measured", ex));
        }
    }

    private void record(final long[][] elapsedNs) {
        final int threads = elapsedNs.length;
        final long[] together = new long[threads];
        for (int i = WARM_UP; i < elapsedNs[0].length; i++) {
            for (int thread = 0; thread < threads; thread++) {
                together[thread] = elapsedNs[thread][i];
            }
            Arrays.sort(together);
            histogram.recordValue(Math.min(together[threads / 2], LatencyRecorder.HIGHEST_NS));
        }
    }

    /**
     * What was measured.
     *
     * @return nanoseconds.
     */
    public Histogram histogram() {
        return histogram;
    }

    /**
     * How many force at once.
     *
     * @return threads.
     */
    public int threads() {
        return floors.size();
    }

    @Override
    public void close() throws IOException {
        for (final ForceFloor floor : floors) {
            floor.close();
        }
    }
}
