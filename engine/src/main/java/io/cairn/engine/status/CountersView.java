package io.cairn.engine.status;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

import org.agrona.BitUtil;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.DistinctErrorLog;
import org.agrona.concurrent.errors.ErrorLogReader;
import org.agrona.concurrent.status.CountersReader;

/**
 * Reads the counters file of another process, alive or dead. One thread.
 */
public final class CountersView implements AutoCloseable {
    private final Path file;
    private final MappedByteBuffer mapping;
    private final UnsafeBuffer buffer;
    private final CountersReader reader;
    private final UnsafeBuffer errorLog;

    private CountersView(final Path file, final MappedByteBuffer mapping, final UnsafeBuffer buffer) {
        this.file = file;
        this.mapping = mapping;
        this.buffer = buffer;
        final int countersMax = CountersDescriptor.countersMax(buffer);
        reader = new CountersReader(CountersDescriptor.metaData(buffer, countersMax), CountersDescriptor.values(buffer, countersMax));
        errorLog = CountersDescriptor.errorLog(buffer, countersMax, CountersDescriptor.errorLogLength(buffer));
    }

    /**
     * One distinct error.
     *
     * @param count   observations.
     * @param firstMs time of the first one, ms since the epoch.
     * @param lastMs  time of the last one, ms since the epoch.
     * @param trace   class, message and stack trace.
     */
    public record ErrorSample(int count, long firstMs, long lastMs, String trace) {
    }

    /**
     * Map a counters file for reading.
     *
     * @param file to read.
     * @return the view.
     * @throws StatusException if it is missing or is no counters file of this version.
     */
    public static CountersView open(final Path file) {
        if (!Files.isRegularFile(file)) {
            throw new StatusException(
                "no counters file " + file + "; name the data directory of a node, or the directory that its counters.dir names");
        }
        final MappedByteBuffer mapping;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            mapping = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
        } catch (final IOException | UncheckedIOException ex) {
            throw new StatusException("counters file " + file + " cannot be read: " + ex.getMessage());
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(mapping);
        final String problem = problem(buffer);
        if (problem != null) {
            IoUtil.unmap(mapping);
            throw new StatusException(file + " " + problem);
        }
        return new CountersView(file, mapping, buffer);
    }

    private static String problem(final UnsafeBuffer buffer) {
        if (buffer.capacity() < CountersDescriptor.HEADER_LENGTH || !CountersDescriptor.isPublished(buffer)) {
            return "is not a counters file, or its node is just starting";
        }
        final int version = CountersDescriptor.version(buffer);
        if (version != CountersDescriptor.VERSION) {
            return "is a counters file of version " + version + "; this program reads version " + CountersDescriptor.VERSION;
        }
        final int countersMax = CountersDescriptor.countersMax(buffer);
        final int errorLogLength = CountersDescriptor.errorLogLength(buffer);
        final boolean plausible = countersMax > 0 && countersMax <= CountersDescriptor.COUNTERS_MAX && errorLogLength > 0 &&
            errorLogLength <= buffer.capacity() && CountersDescriptor.fileLength(errorLogLength) == buffer.capacity();
        return plausible ? null : "is a damaged counters file: its length and its header disagree";
    }

    /**
     * The file.
     *
     * @return its path.
     */
    public Path file() {
        return file;
    }

    /**
     * Id of the node.
     *
     * @return the id.
     */
    public int nodeId() {
        return CountersDescriptor.nodeId(buffer);
    }

    /**
     * The process that wrote the file.
     *
     * @return its identity.
     */
    public ProcessIdentity process() {
        return CountersDescriptor.process(buffer);
    }

    /**
     * When the node started.
     *
     * @return ms since the epoch.
     */
    public long nodeStartMs() {
        return CountersDescriptor.nodeStartMs(buffer);
    }

    /**
     * The counters as they are now.
     *
     * @return one sample for each that this version knows, in the order of {@link EngineCounter}.
     */
    public List<CounterSample> samples() {
        return CounterSample.all(reader);
    }

    /** Every length in the log of errors is checked before any of them is believed. */
    private boolean isErrorLogSound() {
        int offset = 0;
        while (offset + Integer.BYTES <= errorLog.capacity()) {
            final int length = errorLog.getInt(offset);
            if (length == 0) {
                return true;
            }
            if (length < DistinctErrorLog.ENCODED_ERROR_OFFSET || length > errorLog.capacity() - offset) {
                return false;
            }
            offset += BitUtil.align(length, DistinctErrorLog.RECORD_ALIGNMENT);
        }
        return true;
    }

    /**
     * The distinct errors.
     *
     * @return in order of first observation.
     * @throws StatusException when the file is damaged.
     */
    public List<ErrorSample> errors() {
        if (!isErrorLogSound()) {
            throw new StatusException(file + " is a damaged counters file: the log of errors in it is not one");
        }
        final List<ErrorSample> errors = new ArrayList<>();
        ErrorLogReader.read(errorLog, (count, firstMs, lastMs, trace) -> errors.add(new ErrorSample(count, firstMs, lastMs, trace)));
        return errors;
    }

    @Override
    public void close() {
        IoUtil.unmap(mapping);
    }
}
