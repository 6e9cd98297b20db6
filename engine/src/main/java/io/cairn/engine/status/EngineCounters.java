package io.cairn.engine.status;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

import org.agrona.IoUtil;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.DistinctErrorLog;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;

/**
 * The counters and the distinct error log of a running node, in a mapped file ({@link CountersDescriptor}) that {@link CountersView} reads from
 * another process, or in plain memory. All counters exist from the start.
 * <p>
 * Threads: made and closed by the thread that launches the node. A counter belongs to the agent that writes it (plain or release stores); those that
 * say so in {@link EngineCounter} are written by several threads. Recording an error allocates: not for the data path. Nobody may touch a counter
 * after {@link #close()}: the memory is gone and an access kills the process, so it is closed after the agents have stopped.
 */
public final class EngineCounters implements AutoCloseable {
    private final UnsafeBuffer buffer;
    private final CountersManager countersManager;
    private final DistinctErrorLog errorLog;
    private final Map<EngineCounter, AtomicCounter> counters = new EnumMap<>(EngineCounter.class);
    private final Map<AgentKind, AtomicCounter> dutyCycles = new EnumMap<>(AgentKind.class);
    private boolean isClosed;

    private EngineCounters(final UnsafeBuffer buffer, final int errorLogLength, final int nodeId, final EpochClock clock) {
        this.buffer = buffer;
        CountersDescriptor.writeHeader(buffer, errorLogLength, nodeId, ProcessIdentity.current(), clock.time());
        countersManager = new CountersManager(
            CountersDescriptor.metaData(buffer, CountersDescriptor.COUNTERS_MAX), CountersDescriptor.values(buffer, CountersDescriptor.COUNTERS_MAX));
        errorLog = new DistinctErrorLog(CountersDescriptor.errorLog(buffer, CountersDescriptor.COUNTERS_MAX, errorLogLength), clock);
        for (final EngineCounter counter : EngineCounter.values()) {
            if (counter.isPerAgent()) {
                for (final AgentKind agent : AgentKind.values()) {
                    dutyCycles.put(agent, allocate(counter, counter.label() + " " + agent.label(), nodeId, agent.ordinal()));
                }
            } else {
                counters.put(counter, allocate(counter, counter.label(), nodeId, CountersDescriptor.NO_AGENT));
            }
        }
        CountersDescriptor.publish(buffer);
    }

    private AtomicCounter allocate(final EngineCounter counter, final String label, final int nodeId, final int agent) {
        return countersManager.newCounter(label, counter.typeId(), CountersDescriptor.key(nodeId, agent));
    }

    /**
     * Make the counters in a file. One that an earlier run left is replaced; the caller holds the lock of the data directory.
     *
     * @param file           to make, with its directory.
     * @param errorLogLength capacity of the error log, bytes.
     * @param nodeId         of the node, in the key of every counter.
     * @param clock          for times of errors, ms.
     * @return the counters, all zero.
     * @throws StatusException if the file cannot be made.
     */
    public static EngineCounters create(final Path file, final int errorLogLength, final int nodeId, final EpochClock clock) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.deleteIfExists(file);
            // Written, not only extended: a full disk is an error here instead of a signal that kills the process at some later store.
            final MappedByteBuffer mapping = IoUtil.mapNewFile(file.toFile(), CountersDescriptor.fileLength(errorLogLength), true);
            return new EngineCounters(new UnsafeBuffer(mapping), errorLogLength, nodeId, clock);
        } catch (final IOException | UncheckedIOException ex) {
            throw cannotMake(file, ex.getMessage());
        } catch (final RuntimeException ex) {
            // Agrona rethrows checked exceptions unchecked, whatever their type.
            throw cannotMake(file, ex.toString());
        }
    }

    private static StatusException cannotMake(final Path file, final String reason) {
        return new StatusException("counters file " + file + " cannot be made: " + reason + "; set counters.dir to a directory that can be written");
    }

    /**
     * Make the counters in memory, seen by this process only.
     *
     * @param errorLogLength capacity of the error log, bytes.
     * @param nodeId         of the node.
     * @param clock          for times of errors, ms.
     * @return the counters, all zero.
     */
    public static EngineCounters inMemory(final int errorLogLength, final int nodeId, final EpochClock clock) {
        final ByteBuffer memory = ByteBuffer.allocateDirect(CountersDescriptor.fileLength(errorLogLength));
        return new EngineCounters(new UnsafeBuffer(memory), errorLogLength, nodeId, clock);
    }

    /**
     * A counter that exists once. Look it up at start, not on the data path.
     *
     * @param counter which.
     * @return the counter.
     */
    public AtomicCounter counter(final EngineCounter counter) {
        final AtomicCounter found = counters.get(counter);
        if (found == null) {
            throw new IllegalArgumentException(counter + " exists once per agent");
        }
        return found;
    }

    /**
     * The longest duty cycle of an agent, ns: {@code proposeMaxRelease} by that agent.
     *
     * @param agent whose.
     * @return the counter.
     */
    public AtomicCounter dutyCycleMax(final AgentKind agent) {
        return dutyCycles.get(agent);
    }

    /**
     * Record an error and count it. When the log of distinct errors is full, a new kind is only counted. Any thread; allocates.
     *
     * @param error observed.
     */
    public void onError(final Throwable error) {
        counter(EngineCounter.ERRORS).increment();
        errorLog.record(error);
    }

    /**
     * The log of distinct errors.
     *
     * @return the log.
     */
    public DistinctErrorLog errorLog() {
        return errorLog;
    }

    /**
     * A reader over the same memory, for an endpoint in this process.
     *
     * @return the reader.
     */
    public CountersReader reader() {
        return countersManager;
    }

    /**
     * Unmap. The file stays, so that the last values and the errors of a node that stopped can be read. May be called twice.
     */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            final ByteBuffer memory = buffer.byteBuffer();
            buffer.wrap(0, 0);
            IoUtil.unmap(memory);
        }
    }
}
