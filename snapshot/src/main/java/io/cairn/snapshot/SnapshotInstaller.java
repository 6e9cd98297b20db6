package io.cairn.snapshot;

import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import org.agrona.DirectBuffer;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Receives a snapshot file by file in checksummed chunks, and publishes it like one that was written here. Made by {@link SnapshotStore#install}
 * from the
 * sender's manifest, which says what files there are, how long they are and what their checksums must be; nothing that does not fit it is
 * published.
 *
 * <p>The chunks of a file come in order of offset; one that was received before is ignored, so a sender that does not know how far it came asks
 * {@link #received} or sends again. What is received does not outlive the process: a restart begins anew.
 *
 * <p>Crash: as for every publication, a {@code .tmp} that the next open removes, or a whole snapshot (see {@link Publication}).
 *
 * <p>Owner: the Snapshotter.
 */
public final class SnapshotInstaller implements AutoCloseable {
    private final SnapshotContext context;
    private final StorageIo io;
    private final SnapshotManifest manifest;
    private final Publication publication;
    private final Listener listener;
    private final ReadPace pace;
    private final Map<String, Part> parts = new LinkedHashMap<>();
    private boolean ended;

    SnapshotInstaller(final SnapshotContext context, final SnapshotManifest manifest, final ReadPace pace, final Listener listener) {
        this.context = context;
        this.pace = pace;
        this.manifest = manifest;
        this.listener = listener;
        io = context.storageIo();
        publication = new Publication(io, context.dir(), manifest.name());
    }

    /** Makes the directory and the files. */
    void open() {
        try {
            SnapshotBuild.checkSpace(context, manifest.lengthBytes());
            publication.open();
            if (!MachineFiles.of(manifest).isEmpty()) {
                io.createDirectories(publication.directory().resolve(MachineFiles.DIRECTORY));
            }
            for (final SnapshotFile file : manifest.files()) {
                final Path path = publication.directory().resolve(file.name());
                parts.put(file.name(), new Part(file, io.open(path, OpenMode.CREATE_NEW)));
            }
        } catch (final RuntimeException e) {
            cancel();
            throw new SnapshotException("the snapshot " + manifest.name() + " cannot be received: " + e.getMessage(), e);
        }
    }

    /**
     * What is being received.
     *
     * @return the sender's manifest.
     */
    public SnapshotManifest manifest() {
        return manifest;
    }

    /**
     * How much of a file is here: where the next chunk belongs.
     *
     * @param name of a file of the manifest.
     * @return bytes.
     */
    public long received(final String name) {
        return part(name).received;
    }

    /**
     * Takes a chunk.
     *
     * @param name     of a file of the manifest.
     * @param position of the chunk in the file.
     * @param chunk    outside the heap, with the bytes.
     * @param offset   in it.
     * @param length   of the chunk.
     * @param crc      CRC32C of the chunk, computed by the sender.
     * @return false if the chunk is damaged, or leaves a gap: send again from {@link #received}.
     * @throws SnapshotException if it does not fit the manifest, or the disk failed; the installation is over then and nothing is left.
     */
    public boolean onChunk(
        final String name, final long position, final DirectBuffer chunk, final int offset, final int length, final int crc) {
        return Checksums.of(chunk, offset, length) == crc && onChunk(name, position, chunk, offset, length);
    }

    /**
     * As {@link #onChunk(String, long, DirectBuffer, int, int, int)}, for a chunk whose checksum the caller has compared.
     *
     * @param name     of a file of the manifest.
     * @param position of the chunk in the file.
     * @param chunk    outside the heap, with the bytes.
     * @param offset   in it.
     * @param length   of the chunk.
     * @return false if the chunk leaves a gap.
     */
    public boolean onChunk(final String name, final long position, final DirectBuffer chunk, final int offset, final int length) {
        final Part part = part(name);
        if (position > part.received) {
            return false;
        }
        try {
            if (position < 0 || length < 0 || position + length > part.file.lengthBytes()) {
                throw new SnapshotException(name + " has " + part.file.lengthBytes() + " bytes, a chunk of " + length + " at " + position +
                    " is not in it");
            }
            final int known = (int)Math.min(length, part.received - position);
            if (length > known) {
                part.out.write(position + known, chunk, offset + known, length - known);
                part.unforced += length - known;
                part.received = position + length;
            }
            if (part.unforced >= context.forceBytes()) {
                part.out.force();
                part.unforced = 0;
            }
            return true;
        } catch (final RuntimeException e) {
            cancel();
            throw new SnapshotException("the snapshot " + manifest.name() + " could not be received: " + e.getMessage(), e);
        }
    }

    /**
     * Everything is here: forces, checks every byte against the manifest, and publishes.
     *
     * @return the manifest, now one of the store's.
     * @throws SnapshotException if something is missing or damaged, or the disk failed; nothing is left then.
     */
    public SnapshotManifest complete() {
        try {
            for (final Part part : parts.values()) {
                if (part.received < part.file.lengthBytes()) {
                    throw new SnapshotException(part.file.name() + " ends at " + part.received + " of " + part.file.lengthBytes() + " bytes");
                }
                part.out.force();
                part.out.close();
            }
            if (!MachineFiles.of(manifest).isEmpty()) {
                io.forceDirectory(publication.directory().resolve(MachineFiles.DIRECTORY));
            }
            final Findings findings = new Findings(manifest.name());
            new SnapshotVerifier(io, pace).checkFiles(context.dir(), publication.directory(), manifest, findings);
            if (!findings.isEmpty()) {
                throw new SnapshotException("what was received is not what was announced: " + findings.list().get(0));
            }
            publication.publish(manifest);
        } catch (final RuntimeException e) {
            cancel();
            throw new SnapshotException("the snapshot " + manifest.name() + " could not be installed: " + e.getMessage(), e);
        }
        ended = true;
        listener.onInstalled(manifest);
        return manifest;
    }

    /** Gives up and removes what was received; harmless when it is over. */
    public void cancel() {
        if (!ended) {
            ended = true;
            for (final Part part : parts.values()) {
                part.out.close();
            }
            publication.discard();
            listener.onInstalled(null);
        }
    }

    /** The same as {@link #cancel()}. */
    @Override
    public void close() {
        cancel();
    }

    private Part part(final String name) {
        final Part part = parts.get(name);
        if (part == null || ended) {
            throw new SnapshotException(ended ? "the installation of " + manifest.name() + " is over" : "the manifest names no file " + name);
        }
        return part;
    }

    /** Hears of the end; does not throw. */
    interface Listener {
        /** Published, or given up: null. */
        void onInstalled(SnapshotManifest manifest);
    }

    /** A file that is being received. */
    private static final class Part {
        private final SnapshotFile file;
        private final StorageFile out;
        private long received;
        private long unforced;

        Part(final SnapshotFile file, final StorageFile out) {
            this.file = file;
            this.out = out;
        }
    }
}
