package io.cairn.engine.status;

import io.cairn.engine.fuzz.Draw;
import io.cairn.engine.fuzz.FuzzTarget;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.DistinctErrorLog;
import org.agrona.concurrent.status.CountersManager;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The counters file of another process, which may be of another version, half written, or none at all: a {@link StatusException}, or counters and
 * errors. The input lays bytes over a sound file: {@code u24 offset | u8 length | bytes}, again and again; a first byte of 1 gives the whole file.
 */
public final class CountersFuzz implements FuzzTarget {
    private static final int ERROR_LOG_LENGTH = 4096;
    private static final int PATCHES_MAX = 16;

    private final byte[] sound;
    private final Path file;

    /** With a file of its own. */
    public CountersFuzz() {
        final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(CountersDescriptor.fileLength(ERROR_LOG_LENGTH), 64));
        CountersDescriptor.writeHeader(buffer, ERROR_LOG_LENGTH, 3, new ProcessIdentity(7, 8), 9);
        final int max = CountersDescriptor.COUNTERS_MAX;
        final CountersManager manager = new CountersManager(CountersDescriptor.metaData(buffer, max), CountersDescriptor.values(buffer, max));
        for (final EngineCounter counter : EngineCounter.values()) {
            manager.newCounter(counter.label(), counter.typeId(), CountersDescriptor.key(3, CountersDescriptor.NO_AGENT))
                .setRelease(counter.typeId());
        }
        final DistinctErrorLog errors = new DistinctErrorLog(CountersDescriptor.errorLog(buffer, max, ERROR_LOG_LENGTH), () -> 5);
        errors.record(new IllegalStateException("once"));
        errors.record(new IllegalArgumentException("twice"));
        CountersDescriptor.publish(buffer);
        sound = new byte[buffer.capacity()];
        buffer.getBytes(0, sound);
        try {
            file = Files.createTempFile("cairn-fuzz-", ".counters");
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    @Override
    public List<byte[]> seeds() {
        final int counters = CountersDescriptor.HEADER_LENGTH;
        final int errors = counters + CountersDescriptor.COUNTERS_MAX * (512 + 128);
        return List.of(
            new byte[] {0}, new byte[] {1}, patch(12, 1, 0, 0, 0), patch(16, 0, 0, 0, 127), patch(counters, 1, 0, 0, 0),
            patch(counters + 24, 255, 255, 255, 127), patch(counters + 512 + 124, 255, 255, 255, 255), patch(errors, 1, 0, 0, 0),
            patch(errors, 255, 255, 255, 127), patch(errors + 8, 255, 255, 255, 255), patch(errors + 24, 200));
    }

    private static byte[] patch(final int offset, final int... bytes) {
        final byte[] patch = new byte[5 + bytes.length];
        patch[1] = (byte)offset;
        patch[2] = (byte)(offset >> 8);
        patch[3] = (byte)(offset >> 16);
        patch[4] = (byte)bytes.length;
        for (int i = 0; i < bytes.length; i++) {
            patch[5 + i] = (byte)bytes[i];
        }
        return patch;
    }

    @Override
    public int rounds() {
        return 1_000;
    }

    @Override
    public void accept(final byte[] input) {
        final Draw draw = new Draw(input);
        final boolean isWhole = 1 == draw.u8();
        final byte[] bytes = isWhole ? draw.rest() : sound.clone();
        for (int i = 0; i < PATCHES_MAX && draw.hasMore(); i++) {
            final int offset = (draw.u16() | draw.u8() << 16) % bytes.length;
            final byte[] patch = draw.bytes(draw.u8());
            System.arraycopy(patch, 0, bytes, offset, Math.min(patch.length, bytes.length - offset));
        }
        try {
            Files.write(file, bytes);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
        try (CountersView view = CountersView.open(file)) {
            view.nodeId();
            view.process();
            view.nodeStartMs();
            for (final CounterSample sample : view.samples()) {
                sample.label();
            }
            view.errors().forEach(error -> assertTrue(error.trace().length() <= ERROR_LOG_LENGTH));
        } catch (final StatusException refused) {
            assertTrue(refused.getMessage().contains(file.toString()), () -> Arrays.toString(refused.getMessage().getBytes(StandardCharsets.UTF_8)));
        }
    }

    @Override
    public void close() {
        try {
            Files.delete(file);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }
}
