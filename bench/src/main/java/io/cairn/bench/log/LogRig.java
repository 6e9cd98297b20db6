package io.cairn.bench.log;

import io.cairn.wal.ForceMethod;
import io.cairn.wal.SegmentAllocator;
import io.cairn.wal.WalContext;
import io.cairn.wal.WriteAheadLog;
import io.cairn.wal.io.MappedStorageIo;
import io.cairn.wal.layout.Crc32c;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/**
 * A write-ahead log with an appender on the calling thread and, where the load is sustained, two others that do what the Syncer and the segment
 * allocator do in the engine. Each record's payload CRC is computed for each append, as a client's would be.
 *
 * <p>Owned by the appending thread.
 */
public final class LogRig implements AutoCloseable {
    /** Records made visible to readers at a time. */
    public static final int PUBLISH_EVERY = 64;

    private static final int SEGMENT_BYTES = 64 << 20;
    private static final int TERM = 1;
    private static final int SEGMENTS_KEPT = 2;
    private static final long PARK_NS = 20_000;

    /** What the engine takes at the levels where nobody waits for a force. */
    private static final ForceMethod FORCE_METHOD = ForceMethod.MSYNC_RANGE;

    private final WriteAheadLog log;
    private final SegmentAllocator allocator;
    private final UnsafeBuffer payload;
    private final int payloadBytes;
    private final int recordBytes;
    private long index;
    private long stalls;
    private volatile boolean isRunning;
    private volatile RuntimeException failure;
    private final Thread[] background = new Thread[2];

    /**
     * Opens a log.
     *
     * @param directory     of its own, empty.
     * @param payloadBytes  of every record.
     * @param segmentsAhead prepared ahead of the appender, and kept for reuse.
     */
    public LogRig(final Path directory, final int payloadBytes, final int segmentsAhead) {
        this.payloadBytes = payloadBytes;
        recordBytes = BitUtil.align(RecordDescriptor.HEADER_LENGTH + payloadBytes, Long.BYTES);
        payload = new UnsafeBuffer(ByteBuffer.allocateDirect(Math.max(Long.BYTES, payloadBytes)));
        log = new WriteAheadLog(new WalContext()
            .dir(directory)
            .storageIo(new MappedStorageIo())
            .segmentBytes(SEGMENT_BYTES)
            .forceMethod(FORCE_METHOD)
            .segmentsAhead(segmentsAhead)
            .recycledMax(segmentsAhead)
            .conclude());
        allocator = log.allocator();
        index = log.lastIndex();
    }

    /** Prepares segments on the calling thread until there are enough. The other threads must not run. */
    public void prepare() {
        int idle = 0;
        while (idle < 3) {
            idle = 0 == allocator.doWork() ? idle + 1 : 0;
        }
    }

    /** Starts what the engine has beside the appender: one thread that forces what is full and releases, one that prepares and recycles segments. */
    public void startBackground() {
        isRunning = true;
        background[0] = new Thread(() -> work(this::forceAndRelease), "log-syncer");
        background[1] = new Thread(() -> work(allocator::doWork), "log-allocator");
        for (final Thread thread : background) {
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Stops the other threads, and passes on what they failed with. */
    public void stopBackground() {
        isRunning = false;
        for (final Thread thread : background) {
            try {
                thread.join();
            } catch (final InterruptedException ex) {
                Thread.currentThread().interrupt();
            }
        }
        if (null != failure) {
            throw failure;
        }
    }

    private void work(final IntSupplier duty) {
        try {
            while (isRunning) {
                if (0 == duty.getAsInt()) {
                    LockSupport.parkNanos(PARK_NS);
                }
            }
        } catch (final RuntimeException ex) {
            failure = ex;
        }
    }

    private int forceAndRelease() {
        final int forced = log.forceFull();
        if (forced > 0) {
            final long recordsPerSegment = SEGMENT_BYTES / recordBytes;
            log.releasePrefix(Math.max(1, WriteAheadLog.index(log.durablePosition()) - SEGMENTS_KEPT * recordsPerSegment));
        }
        return forced;
    }

    /**
     * Appends records as fast as they go.
     *
     * @param records how many.
     * @return nanoseconds from the first to the last append.
     */
    public long append(final long records) {
        final long startNs = System.nanoTime();
        long left = records;
        while (left > 0) {
            final int group = (int) Math.min(PUBLISH_EVERY, left);
            for (int i = 0; i < group; i++) {
                appendOne(startNs);
            }
            log.publish();
            left -= group;
        }
        return System.nanoTime() - startNs;
    }

    private void appendOne(final long seed) {
        final long next = index + 1;
        payload.putLong(0, seed + next);
        final int crc = Crc32c.compute(payload, 0, payloadBytes);
        boolean isStalled = false;
        while (true) {
            final long result = log.append(RecordDescriptor.COMMAND, 0, next, TERM, 1, crc, payload, 0, payloadBytes);
            if (result >= 0) {
                index = next;
                return;
            }
            if (WriteAheadLog.NOT_READY != result) {
                throw new IllegalStateException("the log refused a record: " + (WriteAheadLog.NO_SPACE == result ? "the disk is full" : result));
            }
            if (null != failure) {
                throw failure;
            }
            stalls += isStalled ? 0 : 1;
            isStalled = true;
            LockSupport.parkNanos(PARK_NS);
        }
    }

    /** Forces everything on the calling thread. The other threads must not run. */
    public void forceAll() {
        log.force();
    }

    /** Forces and releases everything but the last segment, and recycles it, on the calling thread. The other threads must not run. */
    public void recycle() {
        forceAll();
        log.releasePrefix(index);
        prepare();
    }

    /**
     * Bytes a record takes in the log.
     *
     * @return header, payload and padding.
     */
    public int recordBytes() {
        return recordBytes;
    }

    /**
     * Times an append found no segment ready.
     *
     * @return since the rig was opened.
     */
    public long stalls() {
        return stalls;
    }

    /**
     * How the log is forced.
     *
     * @return name of the method.
     */
    public static String forceMethod() {
        return FORCE_METHOD.name().toLowerCase(Locale.ROOT);
    }

    /**
     * Length of a segment.
     *
     * @return bytes.
     */
    public static int segmentBytes() {
        return SEGMENT_BYTES;
    }

    @Override
    public void close() {
        log.close();
    }
}
