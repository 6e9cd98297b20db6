package io.cairn.bench.micro;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.concurrent.TimeUnit;

/**
 * Copy of one 4 KiB page, what the first change of a page after a freeze costs: hot (both pages in the nearest cache) and cold (both drawn at random
 * from a gibibyte).
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PageCopyBenchmark {
    private static final int PAGE_BYTES = 4096;
    private static final int REGION_BYTES = 1 << 30;
    private static final int PAGES = REGION_BYTES / PAGE_BYTES;

    private UnsafeBuffer region;
    private long random = 0x9E3779B97F4A7C15L;

    /** Touches every page, so that no page fault is measured. */
    @Setup
    public void fill() {
        region = new UnsafeBuffer(BufferUtil.allocateDirectAligned(REGION_BYTES, PAGE_BYTES));
        for (int page = 0; page < PAGES; page++) {
            region.setMemory(page * PAGE_BYTES, PAGE_BYTES, (byte) page);
        }
    }

    /** Copies between the same two pages. */
    @Benchmark
    public void hot() {
        region.putBytes(PAGE_BYTES, region, 0, PAGE_BYTES);
    }

    /** Copies between two random pages. */
    @Benchmark
    public void cold() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        final int from = (int) random & PAGES - 1;
        final int to = (int) (random >>> 32) & PAGES - 1;
        region.putBytes(to * PAGE_BYTES, region, from * PAGE_BYTES, PAGE_BYTES);
    }
}
