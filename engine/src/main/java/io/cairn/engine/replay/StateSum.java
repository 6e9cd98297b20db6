package io.cairn.engine.replay;

import io.cairn.fsm.ContentHash;
import io.cairn.fsm.KeyValueStateMachine;
import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.ReadView;
import io.cairn.fsm.ReadViews;
import io.cairn.fsm.SnapshotSink;
import io.cairn.fsm.StateDigest;
import io.cairn.fsm.StateMachine;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * One number for the state of any machine. What is in the tables counts by its content: for a state in the key-value machine's form as
 * {@link StateDigest} has it, so that it equals what a node says of itself; for other machines byte by byte. What a machine keeps elsewhere counts as
 * the bytes that its snapshot writes, file by file: a machine that writes equal states in different bytes has no digest.
 *
 * <p>One thread, between two entries.
 */
public final class StateSum {
    private final boolean isKeyValueForm;

    /**
     * @param isKeyValueForm whether values in tables are as the key-value machine stores them.
     */
    public StateSum(final boolean isKeyValueForm) {
        this.isKeyValueForm = isKeyValueForm;
    }

    /**
     * @param views       of the state; it is frozen.
     * @param machine     of the state.
     * @param index       of the last entry applied.
     * @param timestampMs its log time.
     * @return the digest.
     */
    public long of(final ReadViews views, final StateMachine machine, final long index, final long timestampMs) {
        views.freeze(index, timestampMs);
        final long tables;
        try (ReadView view = views.open()) {
            tables = isKeyValueForm ? StateDigest.of(view, false) : StateDigest.ofBytes(view);
        }
        return machine instanceof KeyValueStateMachine ? tables : tables + ofFiles(machine);
    }

    /**
     * What a machine keeps outside of the tables.
     *
     * @param machine between two entries.
     * @return its digest; 0 where all is in the tables.
     */
    public static long ofFiles(final StateMachine machine) {
        try (MachineSnapshot snapshot = machine.snapshot()) {
            return snapshot.inTables() ? 0 : filesOf(snapshot);
        }
    }

    private static long filesOf(final MachineSnapshot snapshot) {
        final Path[] scratch = new Path[1];
        try {
            final Sink sink = new Sink(scratch);
            snapshot.writeTo(sink);
            return sink.sum();
        } finally {
            if (null != scratch[0]) {
                delete(scratch[0]);
            }
        }
    }

    private static void delete(final Path dir) {
        try {
            Files.walkFileTree(dir, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(final Path visited, final IOException ex) throws IOException {
                    Files.delete(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /** Takes a machine's files and keeps a hash of each; their order does not count. */
    private static final class Sink implements SnapshotSink {
        private final Path[] scratch;
        private final ContentHash hash = new ContentHash();
        private boolean isBegun;
        private long sum;

        private Sink(final Path[] scratch) {
            this.scratch = scratch;
        }

        @Override
        public void begin(final String name) {
            endFile();
            final byte[] bytes = name.getBytes(UTF_8);
            hash.reset();
            hash.add(new UnsafeBuffer(bytes), 0, bytes.length);
            hash.endField();
            isBegun = true;
        }

        private void endFile() {
            if (isBegun) {
                hash.endField();
                sum += hash.value();
                isBegun = false;
            }
        }

        @Override
        public void write(final DirectBuffer source, final int offset, final int length) {
            hash.add(source, offset, length);
        }

        @Override
        public String scratchDirectory() {
            if (null == scratch[0]) {
                try {
                    scratch[0] = Files.createTempDirectory("cairn-replay");
                } catch (final IOException ex) {
                    throw new UncheckedIOException(ex);
                }
            }
            return scratch[0].toString();
        }

        @Override
        public void adopt(final String scratchPath, final String name) {
            begin(name);
            final byte[] bytes = new byte[1 << 16];
            final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
            try (InputStream in = Files.newInputStream(scratch[0].resolve(scratchPath))) {
                for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
                    write(buffer, 0, length);
                }
            } catch (final IOException ex) {
                throw new UncheckedIOException(ex);
            }
        }

        @Override
        public boolean isCancelled() {
            return false;
        }

        private long sum() {
            endFile();
            return sum;
        }
    }
}
