package io.cairn.bench.micro;

import io.cairn.wal.layout.Crc32c;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.util.concurrent.TimeUnit;

/**
 * CRC32C of a buffer that is in the nearest cache: what each record and each page pays.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Crc32cBenchmark {
    /** Bytes checked. */
    @Param({"64", "1024", "4096"})
    public int lengthBytes;

    private UnsafeBuffer buffer;

    /** Fills the buffer. */
    @Setup
    public void fill() {
        buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(lengthBytes, 64));
        for (int i = 0; i < lengthBytes; i++) {
            buffer.putByte(i, (byte) (i * 31));
        }
    }

    /**
     * One checksum.
     *
     * @return the checksum.
     */
    @Benchmark
    public int crc32c() {
        return Crc32c.compute(buffer, 0, lengthBytes);
    }
}
