package io.cairn.snapshot;

import io.cairn.snapshot.ManifestText.ManifestException;
import io.cairn.wal.io.StorageException;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.io.StorageIo;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks snapshots to the last byte without a store, so that it can look at the directory of a running node: manifest, every page, every byte
 * between pages, every block of every other file, files that should not be there, and the base of an increment.
 *
 * <p>Reads only. Any thread, one at a time.
 */
public final class SnapshotVerifier {
    private static final int READ_LENGTH = 1 << 20;
    private final StorageIo io;
    private final ReadPace pace;

    /**
     * Over a port.
     *
     * @param io where files are.
     */
    public SnapshotVerifier(final StorageIo io) {
        this(io, ReadPace.NONE);
    }

    SnapshotVerifier(final StorageIo io, final ReadPace pace) {
        this.io = io;
        this.pace = pace;
    }

    /**
     * Published snapshots of a directory, readable or not.
     *
     * @param dir the snapshot directory.
     * @return their names, oldest first.
     */
    public List<String> names(final Path dir) {
        final List<String> names = new ArrayList<>();
        for (final String name : io.list(dir)) {
            if (SnapshotNames.isSnapshot(name)) {
                names.add(name);
            }
        }
        return names;
    }

    /**
     * Reads a manifest.
     *
     * @param dir  the snapshot directory.
     * @param name of the snapshot.
     * @return the manifest.
     * @throws SnapshotException with file and offset if it is damaged.
     */
    public SnapshotManifest manifest(final Path dir, final String name) {
        final Findings findings = new Findings(name);
        final SnapshotManifest manifest = readManifest(io, dir, name, findings);
        if (manifest == null) {
            throw new SnapshotException(findings.list().get(0).toString());
        }
        return manifest;
    }

    /** Reads a manifest; null if the findings say why not. Throws {@link SnapshotException} for one that is whole, but of another format. */
    static SnapshotManifest readManifest(final StorageIo io, final Path dir, final String name, final Findings findings) {
        try {
            final byte[] bytes = FileBytes.readAll(io, dir.resolve(name).resolve(SnapshotManifest.FILE_NAME), ManifestText.LENGTH_MAX);
            final SnapshotManifest manifest = ManifestText.parse(bytes);
            if (manifest.name().equals(name)) {
                return manifest;
            }
            findings.add(SnapshotManifest.FILE_NAME, 0, -1, "it is the manifest of " + manifest.name() + ": directories or files were swapped");
        } catch (final ManifestException e) {
            if (e.isOfAnotherFormat()) {
                throw new SnapshotException(dir.resolve(name).resolve(SnapshotManifest.FILE_NAME) + ": " + e.getMessage());
            }
            findings.add(SnapshotManifest.FILE_NAME, e.offset(), -1, e.getMessage());
        } catch (final StorageException e) {
            findings.add(SnapshotManifest.FILE_NAME, 0, -1, e.getMessage());
        }
        return null;
    }

    /**
     * Checks every byte of every file of a snapshot, and that what it is built on is there. The base's own files are checked when the base is
     * verified.
     *
     * @param dir  the snapshot directory.
     * @param name of the snapshot.
     * @return what is wrong; empty if it is whole, or if a running node removed it meanwhile.
     */
    public List<SnapshotFinding> verify(final Path dir, final String name) {
        final Findings findings = new Findings(name);
        SnapshotManifest manifest = null;
        try {
            manifest = readManifest(io, dir, name, findings);
        } catch (final SnapshotException e) {
            findings.add(SnapshotManifest.FILE_NAME, 0, -1, e.getMessage());
        }
        if (manifest != null) {
            checkFiles(dir, dir.resolve(name), manifest, findings);
        }
        return io.exists(dir.resolve(name)) ? findings.list() : List.of();
    }

    /** Checks every file that a manifest names, wherever its directory is, and that what it is built on is among the snapshots. */
    void checkFiles(final Path snapshots, final Path dir, final SnapshotManifest manifest, final Findings findings) {
        try {
            checkEntries(dir, manifest, findings);
            MachineFiles.check(io, dir, manifest, findings);
        } catch (final StorageException e) {
            findings.add(String.valueOf(e.path() == null ? "" : e.path().getFileName()), 0, -1, e.getMessage());
        }
        final ChainElement element = ChainElement.open(io, dir, manifest, findings);
        if (element != null) {
            try (element) {
                element.assign(element.index().stored().copy());
                checkPages(element, findings);
                checkBase(snapshots, manifest, element, findings);
            } catch (final StorageException | SnapshotException e) {
                findings.add(PageFile.FILE_NAME, 0, -1, e.getMessage());
            }
        }
    }

    private void checkEntries(final Path dir, final SnapshotManifest manifest, final Findings findings) {
        final Set<String> expected = new HashSet<>();
        expected.add(SnapshotManifest.FILE_NAME);
        boolean machine = false;
        for (final SnapshotFile file : manifest.files()) {
            final boolean below = file.name().startsWith(MachineFiles.DIRECTORY + '/');
            machine |= below;
            expected.add(file.name());
        }
        for (final String entry : io.list(dir)) {
            if (!expected.contains(entry) && !(machine && entry.equals(MachineFiles.DIRECTORY))) {
                findings.add(entry, 0, -1, "the manifest names no such file");
            }
        }
        if (machine) {
            for (final String entry : io.list(dir.resolve(MachineFiles.DIRECTORY))) {
                if (!expected.contains(MachineFiles.relativePath(entry))) {
                    findings.add(MachineFiles.relativePath(entry), 0, -1, "the manifest names no such file");
                }
            }
        }
    }

    /** Every byte behind the header: a stored page's, which its checksum covers, or zero. */
    private void checkPages(final ChainElement element, final Findings findings) {
        final int pageSize = element.image().pageSize();
        final int slots = element.manifest().isIncremental() ? element.image().storedPages() : element.image().pageCount();
        final int slotsMax = READ_LENGTH / pageSize;
        final StoredPages pages = new StoredPages(element, 0, element.image().pageCount());
        final ByteBuffer memory = ByteBuffer.allocateDirect(READ_LENGTH);
        final UnsafeBuffer buffer = new UnsafeBuffer(memory);
        try (StorageFile file = element.openPages()) {
            for (int first = 0; first < slots; first += slotsMax) {
                final int count = Math.min(slotsMax, slots - first);
                FileBytes.readFully(file, PageFile.position(first, pageSize), buffer, 0, count * pageSize);
                for (int i = 0; i < count; i++) {
                    final int offset = i * pageSize;
                    final long position = PageFile.position(first + i, pageSize);
                    if (pages.isThere() && pages.slot() == first + i) {
                        final int computed = Checksums.of(buffer, offset, pageSize);
                        if (computed != pages.checksum()) {
                            findings.addChecksum(PageFile.FILE_NAME, position, pages.page(), pageSize, computed, pages.checksum());
                        }
                        pages.advance();
                    } else {
                        checkZero(buffer, offset, pageSize, position, first + i, findings);
                    }
                }
                pace.onRead((long)count * pageSize);
            }
        } finally {
            BufferUtil.free(memory);
        }
    }

    private static void checkZero(
        final UnsafeBuffer buffer, final int offset, final int length, final long position, final int page, final Findings findings) {
        for (int i = 0; i < length; i += Long.BYTES) {
            if (buffer.getLong(offset + i) != 0) {
                int at = i;
                while (buffer.getByte(offset + at) == 0) {
                    at++;
                }
                findings.add(PageFile.FILE_NAME, position + at, page, "a byte of a page that is not live is not zero");
                return;
            }
        }
    }

    private void checkBase(final Path dir, final SnapshotManifest manifest, final ChainElement element, final Findings findings) {
        final SnapshotCatalog catalog = new SnapshotCatalog();
        catalog.add(manifest);
        SnapshotManifest below = manifest;
        while (below != null && below.isIncremental() && catalog.get(below.base().orElseThrow().name()) == null) {
            below = readManifest(io, dir, below.base().orElseThrow().name(), new Findings(""));
            if (below != null) {
                catalog.add(below);
            }
        }
        final List<SnapshotManifest> chain = catalog.chain(manifest);
        if (chain == null) {
            findings.add(SnapshotManifest.FILE_NAME, 0, -1, "what it is built on is not there, or is not what it was: base " +
                manifest.base().orElseThrow().name());
        } else if (manifest.isIncremental()) {
            checkInherited(dir, chain.get(1), element, findings);
        }
    }

    /** Pages that are live but not stored must be live in the base. */
    private void checkInherited(final Path dir, final SnapshotManifest base, final ChainElement element, final Findings findings) {
        try (PageIndex index = PageIndex.load(io, dir.resolve(base.name()), base, new Findings(base.name()))) {
            final PageBitmap live = element.index().live();
            for (int page = live.next(0); index != null && page < live.pageCount(); page = live.next(page + 1)) {
                if (!element.index().stored().contains(page) && !index.live().contains(page)) {
                    findings.add(PageIndex.FILE_NAME, PageHeader.LENGTH, page, "the page is live, not stored here, and not live in the base");
                    return;
                }
            }
        }
    }
}
