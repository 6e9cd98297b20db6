package io.cairn.bench.floor;

import io.cairn.bench.load.LatencyRecorder;
import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.Map;

/**
 * What it costs this disk to make one record durable, one at a time, by each way of doing so: the least that any acknowledged write can cost under
 * {@code group} durability.
 *
 * <p>The file is prepared the way a log segment is: zeros are written (not only allocated) ahead of use, so that no metadata changes when a record is
 * forced; written in page-sized pieces, each forced, so that the page cache holds small folios and forcing one record does not write back a large
 * one. Records follow each other without gaps, as in the log. The three ways take turns in blocks, so that a change of the disk's mood meets all of
 * them; after each call the file goes on where it was.
 */
public final class ForceFloor implements AutoCloseable {
    /** A way to make a record durable. */
    public enum Method {
        /** Positional write, then {@code fdatasync}. */
        PWRITE_FDATASYNC,
        /** Store into the mapping, then {@code msync} of the record's pages. */
        STORE_MSYNC,
        /** Store into the mapping, then {@code fdatasync} of the file. */
        STORE_FDATASYNC
    }

    private static final int PAGE_BYTES = 4096;
    private static final int FILE_BYTES = 1 << 20;
    private static final int BLOCK = 25;
    private static final int WARM_UP = 20;

    private final int recordBytes;
    private final Map<Method, Histogram> histograms = new EnumMap<>(Method.class);
    private final Map<Method, Path> paths = new EnumMap<>(Method.class);
    private final Map<Method, FileChannel> channels = new EnumMap<>(Method.class);
    private final Map<Method, MappedByteBuffer> mappings = new EnumMap<>(Method.class);
    private final Map<Method, Integer> positions = new EnumMap<>(Method.class);
    private final ByteBuffer record;

    /**
     * Creates and prepares one file for each method.
     *
     * @param directory   where the log would be; the files are deleted by {@link #close}.
     * @param recordBytes length of a record, header included.
     * @throws IOException if the directory cannot be written.
     */
    public ForceFloor(final Path directory, final int recordBytes) throws IOException {
        if (recordBytes < 1 || recordBytes > FILE_BYTES / 2) {
            throw new IllegalArgumentException("a record of " + recordBytes + " bytes does not fit this floor: 1 to " + FILE_BYTES / 2);
        }
        this.recordBytes = recordBytes;
        record = ByteBuffer.allocateDirect(recordBytes);
        for (int i = 0; i < recordBytes; i++) {
            record.put(i, (byte) (i | 1));
        }
        try {
            for (final Method method : Method.values()) {
                prepare(directory, method);
            }
        } catch (final IOException | RuntimeException ex) {
            close();
            throw ex;
        }
    }

    private void prepare(final Path directory, final Method method) throws IOException {
        final Path path = Files.createTempFile(directory, "force-floor-", ".bin");
        paths.put(method, path);
        final FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        channels.put(method, channel);
        final ByteBuffer zeros = ByteBuffer.allocateDirect(PAGE_BYTES);
        for (int position = 0; position < FILE_BYTES; position += PAGE_BYTES) {
            zeros.clear();
            channel.write(zeros, position);
            channel.force(false);
        }
        channel.force(true);
        mappings.put(method, channel.map(FileChannel.MapMode.READ_WRITE, 0, FILE_BYTES));
        positions.put(method, 0);
        histograms.put(method, LatencyRecorder.newHistogram());
    }

    /**
     * Forces records by every method in turn, and records how long each took.
     *
     * @param forcesEach records for each method.
     * @throws IOException if writing or forcing fails.
     */
    public void measure(final int forcesEach) throws IOException {
        for (final Method method : Method.values()) {
            forceBlock(method, WARM_UP, false);
        }
        for (int done = 0; done < forcesEach; done += BLOCK) {
            for (final Method method : Method.values()) {
                forceBlock(method, Math.min(BLOCK, forcesEach - done), true);
            }
        }
    }

    /** One record behind the last one. Not recorded. */
    void force(final Method method) throws IOException {
        forceBlock(method, 1, false);
    }

    private void forceBlock(final Method method, final int forces, final boolean isRecording) throws IOException {
        final FileChannel channel = channels.get(method);
        final MappedByteBuffer mapping = mappings.get(method);
        final Histogram histogram = histograms.get(method);
        int position = positions.get(method);
        for (int i = 0; i < forces; i++) {
            position = position + recordBytes > FILE_BYTES ? 0 : position;
            final long startNs = System.nanoTime();
            forceOne(method, channel, mapping, position);
            final long elapsedNs = System.nanoTime() - startNs;
            if (isRecording) {
                histogram.recordValue(Math.min(elapsedNs, LatencyRecorder.HIGHEST_NS));
            }
            position += recordBytes;
        }
        positions.put(method, position);
    }

    private void forceOne(final Method method, final FileChannel channel, final MappedByteBuffer mapping, final int position) throws IOException {
        record.clear();
        if (Method.PWRITE_FDATASYNC == method) {
            int written = 0;
            while (written < recordBytes) {
                written += channel.write(record, position + written);
            }
            channel.force(false);
            return;
        }
        mapping.put(position, record, 0, recordBytes);
        if (Method.STORE_MSYNC == method) {
            mapping.force(position, recordBytes);
        } else {
            channel.force(false);
        }
    }

    /**
     * What was measured for a method.
     *
     * @param method one of the ways.
     * @return nanoseconds.
     */
    public Histogram histogram(final Method method) {
        return histograms.get(method);
    }

    /**
     * The method with the lowest median so far.
     *
     * @return the fastest in this run.
     */
    public Method fastest() {
        Method fastest = Method.PWRITE_FDATASYNC;
        for (final Method method : Method.values()) {
            if (histograms.get(method).getValueAtPercentile(50) < histograms.get(fastest).getValueAtPercentile(50)) {
                fastest = method;
            }
        }
        return fastest;
    }

    /**
     * Length of the records forced.
     *
     * @return in bytes, header included.
     */
    public int recordBytes() {
        return recordBytes;
    }

    /** Closes and deletes the files. */
    @Override
    public void close() throws IOException {
        mappings.clear();
        for (final FileChannel channel : channels.values()) {
            channel.close();
        }
        for (final Path path : paths.values()) {
            Files.deleteIfExists(path);
        }
    }
}
