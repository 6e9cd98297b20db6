package io.cairn.bench.micro;

import io.cairn.bench.log.LogRig;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Appends into recycled segments of a log in the temporary directory, payload CRC included, nothing forced. One shot is {@value #RECORDS} records;
 * the segments are recycled between the shots.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5)
@Measurement(iterations = 10)
public class LogAppendBenchmark {
    private static final int RECORDS = 1_000_000;
    private static final int SEGMENTS = 6;

    /** Bytes of the payload. */
    @Param({"64"})
    public int payloadBytes;

    private Path directory;
    private LogRig rig;

    /**
     * Opens a log.
     *
     * @throws IOException if there is no room for it.
     */
    @Setup
    public void open() throws IOException {
        directory = Files.createTempDirectory("cairn-bench-log-");
        rig = new LogRig(directory, payloadBytes, SEGMENTS);
        rig.prepare();
    }

    /** Recycles the segments of the last shot. */
    @Setup(Level.Iteration)
    public void recycle() {
        rig.recycle();
    }

    /**
     * Closes and deletes the log.
     *
     * @throws IOException if it cannot be deleted.
     */
    @TearDown
    public void close() throws IOException {
        rig.close();
        final List<Path> paths;
        try (Stream<Path> walk = Files.walk(directory)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (final Path path : paths) {
            Files.delete(path);
        }
    }

    /**
     * Appends {@value #RECORDS} records.
     *
     * @return nanoseconds.
     */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public long append() {
        return rig.append(RECORDS);
    }
}
