package io.cairn.snapshot;

import io.cairn.fsm.SnapshotSink;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import org.agrona.DirectBuffer;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;

import static io.cairn.snapshot.MachineFiles.BLOCK_LENGTH;

/**
 * Takes a machine's own files: streams at once, adopted files later, slice by slice. Every file is checksummed in blocks of 64 KiB whose
 * checksums go
 * to {@code machine.idx} in the order of the manifest.
 *
 * <p>Owner: the Snapshotter.
 */
final class MachineFileWriter implements SnapshotSink, AutoCloseable {
    private static final String SCRATCH = "scratch";

    private final StorageIo io;
    private final Path dir;
    private final SnapshotManifest.Builder manifest;
    private final SnapshotBuffers buffers;
    private final SnapshotContext context;
    private final List<SnapshotFile> files = new ArrayList<>();
    private final Deque<Adoption> adoptions = new ArrayDeque<>();
    private StorageFile index;
    private CheckedBlocksWriter indexWriter;
    private StorageFile current;
    private String currentName;
    private StorageFile copied;
    private boolean inPlace;
    private int buffered;
    private long position;
    private long unforcedBytes;
    private int checksum;
    private long bytesWritten;
    private boolean scratchMade;
    private BooleanSupplier cancelled = () -> false;

    MachineFileWriter(final SnapshotContext context, final Path dir, final SnapshotManifest.Builder manifest, final SnapshotBuffers buffers) {
        this.context = context;
        io = context.storageIo();
        this.dir = dir;
        this.manifest = manifest;
        this.buffers = buffers;
    }

    @Override
    public void begin(final String name) {
        endFile();
        checkNew(name);
        open(name);
    }

    @Override
    public void write(final DirectBuffer source, final int offset, final int length) {
        if (current == null) {
            throw new IllegalStateException("a machine wrote to its snapshot before it began a file: call begin(name) first");
        }
        int done = 0;
        while (done < length) {
            final int count = Math.min(length - done, buffers.slice.capacity() - buffered);
            buffers.slice.putBytes(buffered, source, offset + done, count);
            buffered += count;
            done += count;
            if (buffered == buffers.slice.capacity()) {
                flush();
            }
        }
    }

    @Override
    public String scratchDirectory() {
        final Path scratch = dir.resolve(SCRATCH);
        if (!scratchMade) {
            io.createDirectories(scratch);
            scratchMade = true;
        }
        return scratch.toString();
    }

    @Override
    public void adopt(final String scratchPath, final String name) {
        checkNew(name);
        final Path path = dir.resolve(SCRATCH).resolve(scratchPath).normalize();
        if (!path.startsWith(dir.resolve(SCRATCH)) || !io.exists(path)) {
            throw new SnapshotException("the machine offers " + scratchPath + " for its snapshot, which is not a file of its scratch directory");
        }
        adoptions.add(new Adoption(path, name, context.linkAdopted()));
    }

    /** Copies a file of another snapshot. */
    void copy(final Path path, final String name) {
        adoptions.add(new Adoption(path, name, false));
    }

    @Override
    public boolean isCancelled() {
        return cancelled.getAsBoolean();
    }

    void cancelledBy(final BooleanSupplier value) {
        cancelled = value;
    }

    long bytesWritten() {
        return bytesWritten;
    }

    /** Checks that the copies are what the originals' manifest says. */
    void requireSame(final List<SnapshotFile> originals) {
        for (int i = 0; i < originals.size(); i++) {
            final SnapshotFile original = originals.get(i);
            final SnapshotFile copy = i < files.size() ? files.get(i) : null;
            if (copy == null || !copy.name().equals(original.name()) || copy.lengthBytes() != original.lengthBytes() ||
                copy.checksum() != original.checksum()) {
                throw new SnapshotException("damaged: " + original.name() + " does not have the length and checksum that its manifest says");
            }
        }
    }

    /** The next slice of an adopted file; returns bytes taken, −1 when there is nothing left. */
    int adoptSlice() {
        if (copied == null) {
            endFile();
            final Adoption next = adoptions.poll();
            if (next == null) {
                return -1;
            }
            inPlace = next.link();
            if (inPlace) {
                prepare();
                final Path target = dir.resolve(MachineFiles.relativePath(next.name()));
                io.rename(next.path(), target);
                copied = io.open(target, OpenMode.READ_WRITE);
                currentName = next.name();
                start();
            } else {
                copied = io.open(next.path(), OpenMode.READ);
                open(next.name());
            }
        }
        final int read = (int)Math.min(buffers.slice.capacity(), copied.size() - position);
        if (read <= 0) {
            endCopy();
            return 1;
        }
        FileBytes.readFully(copied, position, buffers.slice, 0, read);
        buffered = read;
        flush();
        return read;
    }

    /** Ends the last file and the index, removes the scratch directory and adds all to the list. */
    void finish(final List<SnapshotFile> all) {
        endFile();
        if (scratchMade) {
            DirectoryTree.delete(io, dir.resolve(SCRATCH));
        }
        if (indexWriter != null) {
            indexWriter.finish();
            index.force();
            index.close();
            io.forceDirectory(dir.resolve(MachineFiles.DIRECTORY));
            all.addAll(files);
            all.add(new SnapshotFile(MachineFiles.INDEX_NAME, indexWriter.lengthBytes(), indexWriter.checksum(), false));
        }
    }

    @Override
    public void close() {
        if (current != null) {
            current.close();
            current = null;
        }
        if (copied != null) {
            copied.close();
            copied = null;
        }
        if (index != null) {
            index.close();
        }
    }

    private void checkNew(final String name) {
        if (!SnapshotNames.isFileName(name) || name.indexOf('/') >= 0) {
            throw new SnapshotException("the machine names a file '" + name + "' in its snapshot: use letters, digits and . _ -");
        }
        boolean known = name.equals(currentName) && current != null;
        for (final SnapshotFile file : files) {
            known |= file.name().equals(MachineFiles.relativePath(name));
        }
        for (final Adoption adoption : adoptions) {
            known |= adoption.name().equals(name);
        }
        if (known) {
            throw new SnapshotException("the machine names the file " + name + " twice in its snapshot");
        }
    }

    private void prepare() {
        if (indexWriter == null) {
            io.createDirectories(dir.resolve(MachineFiles.DIRECTORY));
            index = io.open(dir.resolve(MachineFiles.INDEX_NAME), OpenMode.CREATE_NEW);
            indexWriter = new CheckedBlocksWriter(index, buffers.fileIndex, buffers.checksums);
            MachineFiles.writeHead(indexWriter, manifest.index, manifest.term, manifest.createdMs);
        }
    }

    private void open(final String name) {
        prepare();
        current = io.open(dir.resolve(MachineFiles.relativePath(name)), OpenMode.CREATE_NEW);
        currentName = name;
        inPlace = false;
        start();
    }

    private void start() {
        buffered = 0;
        position = 0;
        unforcedBytes = 0;
        checksum = 0;
    }

    private void flush() {
        for (int offset = 0; offset < buffered; offset += BLOCK_LENGTH) {
            final int crc = Checksums.of(buffers.slice, offset, Math.min(BLOCK_LENGTH, buffered - offset));
            indexWriter.putInt(crc);
            checksum = buffers.checksums.fold(checksum, crc);
        }
        if (!inPlace && buffered > 0) {
            current.write(position, buffers.slice, 0, buffered);
            unforcedBytes += buffered;
            bytesWritten += buffered;
            if (unforcedBytes >= context.forceBytes()) {
                current.force();
                unforcedBytes = 0;
            }
        }
        position += buffered;
        buffered = 0;
    }

    private void endCopy() {
        if (inPlace) {
            copied.force();
            files.add(new SnapshotFile(MachineFiles.relativePath(currentName), position, checksum, true));
        }
        copied.close();
        copied = null;
    }

    private void endFile() {
        if (current != null) {
            flush();
            current.force();
            current.close();
            current = null;
            files.add(new SnapshotFile(MachineFiles.relativePath(currentName), position, checksum, false));
        }
    }

    private record Adoption(Path path, String name, boolean link) {
    }
}
