package io.cairn.engine.machine;

import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.SnapshotSink;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A checkpoint on its way into a snapshot: its files are handed over as they are. Owner: the Snapshotter.
 */
final class RocksDbSnapshot implements MachineSnapshot {
    private final Path checkpoint;

    RocksDbSnapshot(final Path checkpoint) {
        this.checkpoint = checkpoint;
    }

    @Override
    public boolean inTables() {
        return false;
    }

    @Override
    public void writeTo(final SnapshotSink sink) {
        final Path scratch = Path.of(sink.scratchDirectory());
        try (DirectoryStream<Path> files = Files.newDirectoryStream(checkpoint)) {
            for (final Path file : files) {
                if (sink.isCancelled()) {
                    return;
                }
                final String name = file.getFileName().toString();
                RocksDbStore.link(file, scratch.resolve(name));
                sink.adopt(name, name);
            }
        } catch (final IOException ex) {
            throw new RocksDbException("a checkpoint cannot be handed over", checkpoint, ex);
        }
    }

    @Override
    public void close() {
        try {
            RocksDbStore.deleteRecursively(checkpoint);
        } catch (final IOException ex) {
            throw new RocksDbException("a checkpoint cannot be removed", checkpoint, ex);
        }
    }
}
